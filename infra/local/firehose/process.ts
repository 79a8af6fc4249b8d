import type { StreamPlan } from "./config.ts";
import type { Extractor } from "./jq.ts";
import { splitDelimited, splitJson } from "./split.ts";

/** Documents of one call that go to one partition; without dynamic partitioning there is one, without keys. */
export interface Partition {
  keys: Record<string, string>;
  documents: Uint8Array[];
}

/** A record, or a part of one, that cannot be delivered as data, and what the error object says of it. */
export interface Failure {
  record: Uint8Array;
  errorType: "metadata-extraction-failed" | "activePartitionExceeded";
  errorCode: string;
  message: string;
}

/**
 * Takes the records of one call through the stream's processors: de-aggregation, then partition keys.
 *
 * Nothing is lost: a record comes out as documents of partitions, or whole (or document by document) as failures.
 *
 * @param extract the stream's jq program; not called when the stream has none
 */
export function processRecords(
  plan: StreamPlan,
  extract: Extractor,
  records: Uint8Array[],
): { partitions: Map<string, Partition>; failures: Failure[] } {
  const partitions = new Map<string, Partition>();
  if (plan.query === undefined)
    return { partitions: partitions.set("[]", { keys: {}, documents: records }), failures: [] };
  const failures: Failure[] = [];
  const documents: Uint8Array[] = [];
  for (const record of records) {
    const parts = splitRecord(plan, record);
    if (parts) documents.push(...parts);
    else failures.push(extractionFailure(record, "Non JSON record provided"));
  }
  for (const [index, extraction] of extract(documents).entries()) {
    const document = documents[index];
    if (!document) continue;
    if ("keys" in extraction) addTo(partitions, extraction.keys, document);
    else failures.push(extractionFailure(document, extraction.failure));
  }
  return { partitions, failures };
}

function splitRecord(plan: StreamPlan, record: Uint8Array): Uint8Array[] | undefined {
  if (plan.split === undefined) return [record];
  return plan.split === "json" ? splitJson(record) : splitDelimited(record, plan.split);
}

export function extractionFailure(record: Uint8Array, message: string): Failure {
  const errorCode = "DynamicPartitioning.MetadataExtractionFailed";
  return { record, errorType: "metadata-extraction-failed", errorCode, message };
}

function addTo(partitions: Map<string, Partition>, keys: Record<string, string>, document: Uint8Array): void {
  const id = JSON.stringify(Object.entries(keys).sort());
  const partition = partitions.get(id);
  if (partition) partition.documents.push(document);
  else partitions.set(id, { keys, documents: [document] });
}

/** The JSON line that Firehose writes into the error object. @param arrival epoch milliseconds */
export function errorLine(failure: Failure, arrival: number): Uint8Array {
  const { record, errorCode, message } = failure;
  const line = {
    attemptsMade: 1,
    arrivalTimestamp: arrival,
    errorCode,
    errorMessage: message,
    attemptEndingTimestamp: arrival,
    rawData: Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString("base64"),
  };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}
