import { type AthenaClient, GetWorkGroupCommand } from "@aws-sdk/client-athena";
import { DescribeDeliveryStreamCommand, type FirehoseClient } from "@aws-sdk/client-firehose";
import { GetTableCommand, type GlueClient } from "@aws-sdk/client-glue";
import { DescribeStreamSummaryCommand, type KinesisClient } from "@aws-sdk/client-kinesis";
import { GetObjectCommand, HeadBucketCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { listObjects } from "../redrive/objects.ts";
import { firstArrival } from "./arrival.ts";
import { DATABASE, type Lake, type MappingState, type Readers, WORKGROUP } from "./lake.ts";

export interface Clients {
  readonly athena: AthenaClient;
  readonly firehose: FirehoseClient;
  readonly glue: GlueClient;
  readonly kinesis: KinesisClient;
  readonly s3: S3Client;
  /** The event source mappings of a stream, by its ARN. */
  mappings(streamArn: string): Promise<readonly MappingState[]>;
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
}

/** Looks at a lake over AWS's APIs, here or in AWS. Nothing is changed. */
export function openReaders(clients: Clients, { stream, settings }: Pick<Lake, "stream" | "settings">): Readers {
  const { athena, firehose, glue, kinesis, s3, query } = clients;
  const bucket = settings.lakeBucket;
  const describe = () => kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
  return {
    query,
    table: (Name) => known(async () => (await glue.send(new GetTableCommand({ DatabaseName: DATABASE, Name }))).Table),
    deliveryStream: (DeliveryStreamName) =>
      known(async () => {
        const answer = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }));
        return answer.DeliveryStreamDescription;
      }),
    stream: () => known(async () => (await describe()).StreamDescriptionSummary),
    async mappings() {
      const arn = (await known(describe))?.StreamDescriptionSummary?.StreamARN;
      return arn === undefined ? [] : clients.mappings(arn);
    },
    workgroup: () =>
      known(async () => (await athena.send(new GetWorkGroupCommand({ WorkGroup: WORKGROUP }))).WorkGroup),
    hasBucket: async (Bucket) => (await known(() => s3.send(new HeadBucketCommand({ Bucket })))) !== undefined,
    folders: (prefix) => foldersUnder(s3, bucket, prefix),
    objects: (prefix) => listObjects(s3, bucket, { prefix }),
    startOf: (key) => startOf(s3, bucket, key),
    firstArrival: (sinceMs) => firstArrival(kinesis, stream, sinceMs),
  };
}

/** How the services say that there is no such thing: Glue, Kinesis and Firehose, S3; Athena has no name for it. */
const ABSENT = new Set(["EntityNotFoundException", "ResourceNotFoundException", "NotFound", "NoSuchBucket"]);
const ABSENT_WORKGROUP = /^WorkGroup .* is not found/i;

/** Enough of an object of errors for its first line. */
const START_BYTES = 65_536;

async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && (ABSENT.has(error.name) || ABSENT_WORKGROUP.test(error.message))) return undefined;
    throw error;
  }
}

async function foldersUnder(s3: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const folders: string[] = [];
  for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix, Delimiter: "/" }))
    folders.push(...CommonPrefixes.flatMap(({ Prefix: folder }) => folder ?? []));
  return folders;
}

async function startOf(s3: S3Client, Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${START_BYTES - 1}` }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
