import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type JsonObject, type Service, ServiceError } from "../service.ts";
import { type DeliveryStreamConfig, planStream } from "./config.ts";
import { type Delivered, type PutObject, startDelivery } from "./delivery.ts";
import { describeStream, listStreams } from "./describe.ts";
import { decodeRecords, invalid } from "./records.ts";
import { startEngine } from "./thread.ts";

export type { DeliveryStreamConfig } from "./config.ts";

export interface FirehoseOptions {
  /** Folder for the buffers; what is in it from an earlier run is delivered at its age. */
  dir: string;
  s3Put: PutObject;
  streams: DeliveryStreamConfig[];
  /** Replaces every stream's interval. */
  bufferSeconds?: number;
  now?: () => Date;
  log?: (line: string) => void;
}

export interface BufferStats {
  prefix: string;
  bytes: number;
  records: number;
  isError: boolean;
  ageSeconds: number;
  /** 0 when it is due, or waits for S3. */
  secondsToFlush: number;
}

export interface StreamStats extends Delivered {
  stream: string;
  buffers: BufferStats[];
}

export interface Firehose extends Service {
  /** Delivers all that is buffered, now. @throws {Error} when S3 does not take an object; it is kept */
  flush(): Promise<void>;
  stats(): Promise<StreamStats[]>;
  /** Stops; what is buffered stays on disk, as Firehose keeps it. */
  close(): Promise<void>;
}

const TICK_MS = 200;

/**
 * Opens a Firehose of delivery streams with S3 destinations (API version 2015-08-04).
 *
 * PutRecordBatch answers once the records are on disk, taken apart and partitioned; each of them is then delivered to
 * exactly one object, also when the process is killed. Buffers fill and age as the buffering hints say.
 *
 * @throws {Error} for a configuration that is not supported, a jq program that does not compile, a folder in use
 */
export async function openFirehose(options: FirehoseOptions): Promise<Firehose> {
  const { now = () => new Date(), log = () => {} } = options;
  const configs = new Map(options.streams.map((config) => [config.DeliveryStreamName, config]));
  const plans = options.streams.map((config) => planStream(config, options.bufferSeconds));
  mkdirSync(options.dir, { recursive: true });
  const engine = await startEngine({ file: join(options.dir, "buffers.sqlite"), plans });
  const delivery = startDelivery(engine, options.s3Put, now, log);
  const timer = setInterval(delivery.tick, TICK_MS);
  const opened = now();

  function configOf(input: JsonObject): DeliveryStreamConfig {
    const name = input.DeliveryStreamName;
    if (typeof name !== "string" || name === "") throw invalid("deliveryStreamName", "Member must not be null");
    const config = configs.get(name);
    if (config) return config;
    throw new ServiceError("ResourceNotFoundException", `Firehose ${name} under account 000000000000 not found.`);
  }

  async function accept(input: JsonObject, records: JsonObject["Records"]): Promise<JsonObject[]> {
    const stream = configOf(input).DeliveryStreamName;
    const { bytes, memory, lengths } = decodeRecords(records);
    try {
      await engine.put({ stream, bytes, lengths, arrival: now().getTime() }, memory);
    } catch (error) {
      log(`firehose: a call to ${stream} could not be stored: ${error instanceof Error ? error.message : error}`);
      throw new ServiceError("ServiceUnavailableException", "The records could not be stored; none was kept", 503);
    }
    return lengths.map(() => ({ RecordId: randomUUID() }));
  }

  return {
    target: "Firehose_20150804",
    operations: {
      async PutRecord(input) {
        const [first] = await accept(input, [input.Record ?? null]);
        return { ...first, Encrypted: false };
      },
      async PutRecordBatch(input) {
        return { FailedPutCount: 0, Encrypted: false, RequestResponses: await accept(input, input.Records) };
      },
      DescribeDeliveryStream: (input) => describeStream(configOf(input), opened),
      ListDeliveryStreams: (input) => listStreams([...configs.keys()], input),
    },
    flush: delivery.flush,
    async stats() {
      const time = now().getTime();
      const buffers = Map.groupBy(await engine.buffers(), (buffer) => buffer.stream);
      return [...new Set([...configs.keys(), ...buffers.keys()])].map((stream) => ({
        stream,
        ...(delivery.totals.get(stream) ?? { objects: 0, records: 0, failedRecords: 0, failedPuts: 0 }),
        buffers: (buffers.get(stream) ?? []).map(({ prefix, bytes, records, isError, opened: since, dueAt }) => ({
          prefix,
          bytes,
          records,
          isError,
          ageSeconds: (time - since) / 1000,
          secondsToFlush: Math.max(0, dueAt - time) / 1000,
        })),
      }));
    },
    async close() {
      clearInterval(timer);
      await delivery.idle();
      await engine.close();
    },
  };
}
