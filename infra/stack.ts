import { CfnOutput, Stack, Tags, Validations } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Alarms } from "./alarms.ts";
import { Bulk } from "./bulk.ts";
import { Catalog, DATABASE, EVENTS, QUARANTINE } from "./catalog.ts";
import { Consumer } from "./consumer.ts";
import { dashboardUrl, LakeDashboard } from "./dashboard.ts";
import { Delivery } from "./delivery.ts";
import { Drop } from "./drop.ts";
import { Queries, WORKGROUP } from "./queries.ts";
import { Replay } from "./replay.ts";
import type { Settings } from "./settings.ts";
import { EVENTS_TODAY } from "./sql.ts";
import { Storage } from "./storage.ts";
import { EventStream } from "./stream.ts";

/** The whole data lake, from the stream that producers write to, to the tables that analysts query. */
export class DefendaDataLake extends Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: "Serverless security data lake: Kinesis to SQL" });
    const { stream } = new EventStream(this, "Events", settings);
    const { lake, results, accessLogs } = new Storage(this, "Storage", settings);
    const delivery = new Delivery(this, "Delivery", { settings, lake });
    const consumer = new Consumer(this, "Consumer", { settings, stream, delivery, lake });
    const drop = new Drop(this, "Drop", { settings, stream, accessLogs });
    new Catalog(this, "Catalog", { settings, lake });
    new Queries(this, "Queries", { settings, results });
    const bulk = settings.bulk ? new Bulk(this, "Bulk", { settings, stream }) : undefined;
    const replay = settings.replay
      ? new Replay(this, "Replay", { settings, stream, delivery, lake, environment: consumer.environment })
      : undefined;
    new Alarms(this, "Alarms", { settings, consumer, delivery });
    new LakeDashboard(this, "Overview", { stream, consumer, delivery });
    Tags.of(this).add("Project", "defenda-data-lake");
    Validations.of(this).acknowledge({
      id: "CloudFormation-Validate::W7001",
      reason: "CDK's DeliveryStream brings a mapping of Firehose's address ranges, which only a VPC would use.",
    });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output("StreamName", stream.streamName, "Kinesis stream to put events on");
    output("DropBucket", drop.bucket.bucketName, "Bucket to drop files in");
    output("DropQueueUrl", drop.queue.queueUrl, "Queue that tells of dropped files; lake backfill feeds it too");
    output("DeliveryStreamName", delivery.events.deliveryStreamName, "Firehose delivery stream of the events");
    output("LakeBucket", lake.bucketName, "Bucket that holds events, quarantine and failures");
    output("Workgroup", WORKGROUP, "Athena workgroup to query in");
    output("EventsTable", `${DATABASE}.${EVENTS}`, "Table of the events");
    output("QuarantineTable", `${DATABASE}.${QUARANTINE}`, "Table of the records that no event could be made of");
    if (bulk) output("BulkUrl", bulk.url, "Where agents ship to as if it were Elasticsearch");
    if (bulk) output("BulkSecret", bulk.secretArn, "Secret that holds the agents' user name and password");
    output("ConsumerSettings", this.toJsonString(consumer.environment), "What lake replay has to know of the consumer");
    if (replay)
      output("ReplayStateMachine", replay.stateMachineArn, "State machine that replays; start it with from and to");
    output("DashboardUrl", dashboardUrl(this), "The lake at a glance, in CloudWatch");
    output("FirstQuery", EVENTS_TODAY, "A first query to try");
  }
}
