import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { Stream, StreamEncryption, StreamMode } from "aws-cdk-lib/aws-kinesis";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";

/**
 * The stream that producers write to, and the memory that a replay reads.
 *
 * On demand, so no one counts shards. It outlives the stack: what is in it may not have been delivered yet.
 */
export class EventStream extends Construct {
  readonly stream: Stream;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.stream = new Stream(this, "Stream", {
      streamMode: StreamMode.ON_DEMAND,
      encryption: StreamEncryption.MANAGED,
      retentionPeriod: Duration.hours(settings.retentionHours),
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
