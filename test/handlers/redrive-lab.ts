import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
} from "@aws-sdk/client-kinesis";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { QuarantineCode } from "../../core/error.ts";
import type { Position } from "../../core/identity.ts";
import { arrivalPartition } from "../../core/partition.ts";
import { type Quarantined, quarantineRow } from "../../core/quarantine.ts";
import { lineOf } from "../../core/row.ts";
import { openManifest, redrivenSince } from "../../handlers/redrive/manifest.ts";
import type { Wanted } from "../../handlers/redrive/quarantined.ts";
import { type Redriven, redrive } from "../../handlers/redrive/run.ts";
import { searchFor } from "../../handlers/redrive/search.ts";
import type { Drop } from "../../handlers/s3-drop/notification.ts";
import { startEndpoint } from "../../infra/local/endpoint.ts";
import { openKinesis } from "../../infra/local/kinesis/service.ts";
import { openS3 } from "../../infra/local/s3/s3.ts";

export const STREAM = "events";
export const BUCKET = "lake";
export const STREAM_ARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;

export interface Options {
  readonly wanted?: Partial<Wanted>;
  readonly only?: "quarantine" | "failures";
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly stream?: string;
  readonly signal?: AbortSignal;
  readonly requeue?: (drop: Drop) => Promise<void>;
}

/** What is in an envelope on the stream. */
export interface Sent {
  readonly lake: Record<string, unknown>;
  readonly payload: string;
}

export type Lab = Awaited<ReturnType<typeof openLab>>;

/** A lake bucket and a stream, behind the local endpoint. */
export async function openLab(now: number) {
  const folder = mkdtempSync(join(tmpdir(), "redrive-"));
  const kinesisService = openKinesis(join(folder, "kinesis.sqlite"));
  kinesisService.ensureStream({ name: STREAM, mode: "PROVISIONED", shards: 1 });
  const store = await openS3(join(folder, "s3"));
  store.ensureBucket(BUCKET);
  const endpoint = await startEndpoint({ port: 0, services: [kinesisService], s3: store.handler });
  const config = {
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    requestHandler: new NodeHttpHandler(),
  };
  const s3 = new S3Client(config);
  const kinesis = new KinesisClient(config);
  const put = (Key: string, Body: Uint8Array | string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  let objects = 0;

  return {
    s3,
    kinesis,
    put,
    /** Files entries as Firehose would, one object for all of them. */
    async file(entries: readonly Quarantined[], location?: string): Promise<void> {
      const { year, month, day, hour } = arrivalPartition(entries[0]?.arrivalMs ?? now);
      const rows = entries.map((entry) => lineOf(quarantineRow(entry, "plugins", location)));
      const key = `quarantine/year=${year}/month=${month}/day=${day}/hour=${hour}/${++objects}.json.gz`;
      await put(key, gzipSync(`${rows.join("\n")}\n`));
    },
    async redrive(options: Options = {}): Promise<Redriven> {
      const wanted = { from: now - 3_600_000, to: now + 1, ...options.wanted };
      const search = await searchFor({ s3, kinesis, bucket: BUCKET }, wanted, options.only);
      return redrive(
        search.candidates(() => {}),
        {
          kinesis,
          stream: options.stream ?? STREAM,
          done: options.again ? new Set() : await redrivenSince(s3, BUCKET, wanted.from),
          manifest: openManifest(s3, BUCKET, STREAM, () => now),
          requeue: options.requeue ?? (() => Promise.reject(new Error("no queue"))),
          dryRun: options.dryRun ?? false,
          signal: options.signal ?? new AbortController().signal,
        },
      );
    },
    /** Everything on the stream, as it was put. */
    async records(): Promise<Buffer[]> {
      const { Shards: [shard] = [] } = await kinesis.send(new ListShardsCommand({ StreamName: STREAM }));
      const at = { StreamName: STREAM, ShardId: shard?.ShardId ?? "", ShardIteratorType: "TRIM_HORIZON" } as const;
      const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at));
      const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      return Records.map(({ Data }) => Buffer.from(Data ?? []));
    },
    async sent(): Promise<Sent[]> {
      return (await this.records()).map(opened);
    },
    async append(payload: string) {
      const record = { StreamName: STREAM, PartitionKey: "key", Data: Buffer.from(payload) };
      const { ShardId = "", SequenceNumber = "" } = await kinesis.send(new PutRecordCommand(record));
      return { shard: ShardId, sequence: SequenceNumber };
    },
    async manifests(): Promise<{ put: string[] }[]> {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "redriven/" }));
      const bodies = Contents.map(({ Key }) => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key })));
      return Promise.all(bodies.map(async (body) => JSON.parse((await (await body).Body?.transformToString()) ?? "")));
    },
    async close(): Promise<void> {
      await endpoint.close();
      await store.close();
      kinesisService.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function opened(record: Buffer): Sent {
  const { _lake: lake, payload } = JSON.parse((record[0] === 0x1f ? gunzipSync(record) : record).toString());
  return { lake, payload: Buffer.from(payload, "base64").toString() };
}

/** A quarantined entry. */
export function entry(
  payload: string,
  arrivalMs: number,
  options: { code?: string; position?: Partial<Position> } = {},
): Quarantined {
  const position = { stream: "events", shard: "shard-1", sequence: "49", subsequence: 0, index: 0 };
  return {
    code: (options.code ?? "invalid_json") as QuarantineCode,
    message: "decode: no JSON",
    position: { ...position, ...options.position },
    arrivalMs,
    partitionKey: "key",
    payload: Buffer.from(payload),
  };
}
