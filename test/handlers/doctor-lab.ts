import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AthenaClient } from "@aws-sdk/client-athena";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { GlueClient } from "@aws-sdk/client-glue";
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { arrivalPartition } from "../../core/partition.ts";
import { type Quarantined, quarantineRow } from "../../core/quarantine.ts";
import { lineOf } from "../../core/row.ts";
import { runQuery } from "../../handlers/cli/athena.ts";
import { config } from "../../handlers/config.ts";
import type { Lake } from "../../handlers/doctor/lake.ts";
import { mappingsOf } from "../../handlers/doctor/mappings.ts";
import { openReaders } from "../../handlers/doctor/readers.ts";
import { startEndpoint } from "../../infra/local/endpoint.ts";
import { type DeliveryStreamConfig, openFirehose } from "../../infra/local/firehose/firehose.ts";
import { openKinesis } from "../../infra/local/kinesis/service.ts";
import { openLambdaApi } from "../../infra/local/lambda-api.ts";
import { openQueries } from "../../infra/local/queries.ts";
import { openS3 } from "../../infra/local/s3/s3.ts";
import type { JsonObject } from "../../infra/local/service.ts";
import { synthesize } from "../../infra/local/synth.ts";
import { declared, type LocalTemplate, readTemplate } from "../../infra/local/template.ts";

const PLACE = { region: "us-east-1", account: "000000000000" };

export type Lab = Awaited<ReturnType<typeof openLab>>;

/**
 * The synthesized lake behind the local endpoint, without its functions: what its services say of themselves can be changed
 * while they run, as people change what is deployed.
 */
export async function openLab() {
  const dir = mkdtempSync(join(tmpdir(), "doctor-"));
  const assembly = join(dir, "cdk.out");
  await synthesize(assembly);
  const template = remembered(readTemplate(assembly, PLACE));
  const stream = String(template.outputs.StreamName);
  const settings = config(JSON.parse(String(template.outputs.ConsumerSettings)));

  const kinesisService = openKinesis(join(dir, "kinesis.sqlite"), PLACE);
  kinesisService.ensureStream({ name: stream, mode: "ON_DEMAND", shards: 2, retentionHours: 168, encrypted: true });
  const store = await openS3(join(dir, "s3"));
  for (const bucket of template.resources("AWS::S3::Bucket")) store.ensureBucket(bucket.name);
  const streams = declared<DeliveryStreamConfig>(
    template,
    "AWS::KinesisFirehose::DeliveryStream",
    "DeliveryStreamName",
  );
  const firehoseService = await openFirehose({ dir: join(dir, "firehose"), s3Put: store.put, streams });
  const queries = await openQueries(template, dir, store);
  const lambda = openLambdaApi({
    ...PLACE,
    mappings: template.resources("AWS::Lambda::EventSourceMapping"),
    functions: template.resources("AWS::Lambda::Function"),
  });
  const endpoint = await startEndpoint({
    port: 0,
    services: [kinesisService, firehoseService, ...queries.services],
    s3: lambda.answer(store.handler),
  });
  const client = {
    endpoint: endpoint.url,
    region: PLACE.region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: new NodeHttpHandler(),
  };
  const clients = {
    athena: new AthenaClient(client),
    firehose: new FirehoseClient(client),
    glue: new GlueClient(client),
    kinesis: new KinesisClient(client),
    s3: new S3Client(client),
    mappings: (arn: string) => mappingsOf(new LambdaClient(client), arn),
  };
  const place = { stream, settings };
  const read = openReaders({ ...clients, query: async (sql) => (await runQuery(clients.athena, sql)).rows }, place);
  const put = (Key: string, text: string) =>
    clients.s3.send(new PutObjectCommand({ Bucket: settings.lakeBucket, Key, Body: gzipSync(text) }));
  let objects = 0;

  return {
    ...{ clients, place, template, streams, put },
    lake: (changes: Partial<Lake> = {}): Lake => ({ ...place, now: Date.now(), read, ...changes }),
    /** The template's properties of the resource whose logical id starts so; the services read them at each request. */
    properties(type: string, start: string): JsonObject {
      return template.resources(type).find(({ logicalId }) => logicalId.startsWith(start))?.properties ?? {};
    },
    async putRecord(text: string): Promise<void> {
      await clients.kinesis.send(
        new PutRecordCommand({ StreamName: stream, Data: Buffer.from(text), PartitionKey: text }),
      );
    },
    /** Writes an event's object, as Firehose would, into the hour of that time. */
    async putEvent(ms: number): Promise<void> {
      await put(`events/${hourFolder(ms)}${++objects}.json.gz`, `${JSON.stringify({ eventid: String(objects) })}\n`);
    },
    async putQuarantined(entries: readonly Quarantined[]): Promise<void> {
      const lines = entries.map((entry) => lineOf(quarantineRow(entry, "plugins")));
      await put(`quarantine/${hourFolder(entries[0]?.arrivalMs ?? 0)}${++objects}.json.gz`, lines.join("\n"));
    },
    async close(): Promise<void> {
      for (const one of [clients.athena, clients.firehose, clients.glue, clients.kinesis, clients.s3]) one.destroy();
      await endpoint.close();
      await queries.close();
      await firehoseService.close();
      kinesisService.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function hourFolder(ms: number): string {
  const { year, month, day, hour } = arrivalPartition(ms);
  return `year=${year}/month=${month}/day=${day}/hour=${hour}/`;
}

/** Resources are resolved anew each time they are asked for; here they stay, so that a change of one is seen. */
function remembered(template: LocalTemplate): LocalTemplate {
  const known = new Map<string, ReturnType<LocalTemplate["resources"]>>();
  const resources = (type: string) => {
    const found = known.get(type) ?? template.resources(type);
    known.set(type, found);
    return found;
  };
  return { ...template, outputs: template.outputs, resources };
}
