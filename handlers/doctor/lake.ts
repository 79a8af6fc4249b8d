import type { WorkGroup } from "@aws-sdk/client-athena";
import type { DeliveryStreamDescription } from "@aws-sdk/client-firehose";
import type { Table } from "@aws-sdk/client-glue";
import type { StreamDescriptionSummary } from "@aws-sdk/client-kinesis";
import type { ConsumerConfig } from "../config.ts";
import type { StoredObject } from "../redrive/objects.ts";
import type { Finding } from "./finding.ts";

/** The names of the template (infra/catalog.ts, infra/queries.ts). */
export const DATABASE = "defenda_data_lake";
export const WORKGROUP = "defenda_data_lake";

/** What is examined: a lake's names and settings, the time, and how to look at its parts. */
export interface Lake {
  /** Name of the Kinesis stream. */
  readonly stream: string;
  /** What the consumer has in its environment: delivery streams, bucket, window. */
  readonly settings: ConsumerConfig;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly read: Readers;
}

/** How the doctor looks at a lake. Each answer has AWS's own shape; undefined is what does not exist. */
export interface Readers {
  table(name: string): Promise<Table | undefined>;
  deliveryStream(name: string): Promise<DeliveryStreamDescription | undefined>;
  stream(): Promise<StreamDescriptionSummary | undefined>;
  /** The event source mappings that read the stream. */
  mappings(): Promise<readonly MappingState[]>;
  workgroup(): Promise<WorkGroup | undefined>;
  hasBucket(bucket: string): Promise<boolean>;
  /** Folders right under a prefix of the lake bucket, as whole prefixes that end in a slash, in their order. */
  folders(prefix: string): Promise<readonly string[]>;
  objects(prefix: string): Promise<readonly StoredObject[]>;
  /** The first 64 KiB of an object of the lake bucket. */
  startOf(key: string): Promise<Buffer>;
  /** When the first record arrived that is on the stream since then, in milliseconds; undefined when none has. */
  firstArrival(sinceMs: number): Promise<number | undefined>;
  /** Rows of a query in the lake's database. */
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
}

/** What the doctor reads of Lambda's EventSourceMappingConfiguration (Lambda API Reference). */
export interface MappingState {
  readonly UUID?: string | undefined;
  readonly FunctionArn?: string | undefined;
  readonly State?: string | undefined;
  readonly StateTransitionReason?: string | undefined;
  readonly LastProcessingResult?: string | undefined;
  readonly FunctionResponseTypes?: readonly string[] | undefined;
  readonly BisectBatchOnFunctionError?: boolean | undefined;
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumRecordAgeInSeconds?: number | undefined;
  readonly DestinationConfig?:
    | { readonly OnFailure?: { readonly Destination?: string | undefined } | undefined }
    | undefined;
  readonly FilterCriteria?:
    | { readonly Filters?: readonly { readonly Pattern?: string | undefined }[] | undefined }
    | undefined;
}

export interface Check {
  /** One word, as findings name it. */
  readonly name: string;
  run(lake: Lake): Promise<readonly Finding[]>;
}
