import { type Prefix, parsePrefix } from "./prefix.ts";

/** `AWS::KinesisFirehose::DeliveryStream` as CloudFormation knows it, references resolved; what is not read is kept. */
export interface DeliveryStreamConfig {
  DeliveryStreamName: string;
  ExtendedS3DestinationConfiguration: ExtendedS3Destination;
}

export interface ExtendedS3Destination {
  BucketARN: string;
  Prefix?: string;
  ErrorOutputPrefix?: string;
  BufferingHints?: { IntervalInSeconds?: number; SizeInMBs?: number };
  CompressionFormat?: string;
  FileExtension?: string;
  CustomTimeZone?: string;
  DynamicPartitioningConfiguration?: { Enabled?: boolean; RetryOptions?: { DurationInSeconds?: number } };
  ProcessingConfiguration?: { Enabled?: boolean; Processors?: Processor[] };
}

export interface Processor {
  Type: string;
  Parameters?: { ParameterName: string; ParameterValue: string }[];
}

/** A delivery stream's configuration, checked and ready to use; plain data, so that it can go to the worker. */
export interface StreamPlan {
  name: string;
  bucket: string;
  prefix: Prefix;
  errorPrefix: Prefix;
  zone: string;
  gzip: boolean;
  extension: string;
  bufferBytes: number;
  bufferMs: number;
  /** Bytes between sub-records, or "json" for documents one after another; undefined: records are not split. */
  split?: "json" | Uint8Array;
  /** jq program that gives an object of partition keys. */
  query?: string;
  /** Put after each record. */
  delimiter: string;
}

// Defaults of BufferingHints (Firehose API Reference, "BufferingHints"); with dynamic partitioning CloudFormation has
// to state them.
const DEFAULT_BUFFER_MIB = 5;
const DEFAULT_BUFFER_SECONDS = 300;

/**
 * Reads a delivery stream's configuration.
 *
 * @param bufferSeconds replaces the interval of the buffering hints, so that a laptop need not wait
 * @throws {Error} when it asks for what the local Firehose does not do, or AWS would refuse; names stream and setting
 */
export function planStream(config: DeliveryStreamConfig, bufferSeconds?: number): StreamPlan {
  const name = config.DeliveryStreamName;
  const refuse = (why: string): never => {
    throw new Error(`firehose: delivery stream ${name}: ${why}; change it in infra/ or extend infra/local/firehose`);
  };
  const s3 = config.ExtendedS3DestinationConfiguration;
  const compression = s3.CompressionFormat ?? "UNCOMPRESSED";
  if (compression !== "GZIP" && compression !== "UNCOMPRESSED")
    refuse(`CompressionFormat ${compression} is not supported`);
  const processing = planProcessors(s3, refuse);
  const partitioned = s3.DynamicPartitioningConfiguration?.Enabled === true;
  if (partitioned !== (processing.query !== undefined))
    refuse("dynamic partitioning and a MetadataExtraction processor need each other");
  if (partitioned && (s3.Prefix === undefined || s3.ErrorOutputPrefix === undefined))
    refuse("dynamic partitioning needs both Prefix and ErrorOutputPrefix");
  const prefixes = planPrefixes(s3, partitioned, refuse);
  return {
    name,
    bucket: s3.BucketARN.replace(/^arn:[^:]*:s3:::/, ""),
    ...prefixes,
    zone: s3.CustomTimeZone ?? "UTC",
    gzip: compression === "GZIP",
    extension: s3.FileExtension ?? (compression === "GZIP" ? ".gz" : ""),
    bufferBytes: (s3.BufferingHints?.SizeInMBs ?? DEFAULT_BUFFER_MIB) * 1024 * 1024,
    bufferMs: (bufferSeconds ?? s3.BufferingHints?.IntervalInSeconds ?? DEFAULT_BUFFER_SECONDS) * 1000,
    ...processing,
  };
}

type Refuse = (why: string) => never;

function planProcessors(s3: ExtendedS3Destination, refuse: Refuse): Pick<StreamPlan, "split" | "query" | "delimiter"> {
  const plan: Pick<StreamPlan, "split" | "query" | "delimiter"> = { delimiter: "" };
  if (s3.ProcessingConfiguration?.Enabled !== true) return plan;
  for (const processor of s3.ProcessingConfiguration.Processors ?? []) {
    const parameters = processor.Parameters ?? [];
    const value = (name: string) => parameters.find(({ ParameterName }) => ParameterName === name)?.ParameterValue;
    if (processor.Type === "RecordDeAggregation") plan.split = planSplit(value, refuse);
    else if (processor.Type === "MetadataExtraction") plan.query = planQuery(value, refuse);
    else if (processor.Type === "AppendDelimiterToRecord") plan.delimiter = "\n";
    else refuse(`processor ${processor.Type} is not supported`);
  }
  return plan;
}

function planSplit(value: (name: string) => string | undefined, refuse: Refuse): "json" | Uint8Array {
  const type = value("SubRecordType");
  if (type === "JSON") return "json";
  const delimiter = Buffer.from(value("Delimiter") ?? "", "base64");
  if (type === "DELIMITED" && delimiter.length > 0) return new Uint8Array(delimiter);
  return refuse(`RecordDeAggregation needs SubRecordType JSON, or DELIMITED with a Delimiter in base64, not ${type}`);
}

function planQuery(value: (name: string) => string | undefined, refuse: Refuse): string {
  const engine = value("JsonParsingEngine");
  if (engine !== "JQ-1.6") refuse(`JsonParsingEngine must be JQ-1.6, not ${engine}`);
  const query = value("MetadataExtractionQuery") ?? "";
  // Newer jq, which runs here, takes these as values of an object; jq 1.6, which runs in AWS, does not.
  const bare = /:\s*(if|try|reduce|foreach|def)\b/.exec(query)?.[1];
  if (bare) refuse(`jq 1.6 needs parentheses around "${bare}" as a value of an object: ${query}`);
  return query;
}

function planPrefixes(s3: ExtendedS3Destination, partitioned: boolean, refuse: Refuse) {
  try {
    return {
      prefix: parsePrefix(s3.Prefix ?? "", { isError: false, partitioned }),
      errorPrefix: parsePrefix(s3.ErrorOutputPrefix ?? s3.Prefix ?? "", { isError: true, partitioned }),
    };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
