import type {
  DeliveryStreamDescription,
  ExtendedS3DestinationDescription,
  ProcessorParameterName,
  ProcessorType,
} from "@aws-sdk/client-firehose";
import { type Finding, findingsOf, REDEPLOY } from "./finding.ts";
import type { Check, Lake } from "./lake.ts";
import { HOUR_TEMPLATE, PARTITIONS, type Shape, shapes } from "./shape.ts";

/** Active partitions of a delivery stream before it sends rows to the error prefix (Firehose quota). */
const ACTIVE_PARTITIONS = 500;

/** Hours open beside the window: that of arrival and the quarantine's. */
const PRESENT_HOURS = 2;

/** What dynamic partitioning by event time has to do to each record, and what comes of a stream that does not. */
const STEPS: readonly (readonly [type: ProcessorType, consequence: string])[] = [
  ["RecordDeAggregation", "records of several rows go to errors/ whole"],
  ["MetadataExtraction", "rows are not told apart by hour"],
  ["AppendDelimiterToRecord", "rows run together, and of each object only the first is found"],
];

/** The delivery streams: whether they write rows where the tables look. */
export const delivery: Check = {
  name: "delivery",
  async run(lake) {
    const { deliveryStream, quarantineStream, partitionBy } = lake.settings;
    const found: Finding[] = [];
    for (const name of new Set([deliveryStream, quarantineStream])) {
      const description = await lake.read.deliveryStream(name);
      const written = shapes().filter(({ table }) => (table === "events" ? deliveryStream : quarantineStream) === name);
      const templates = new Map<string, string | undefined>();
      for (const { table } of written)
        templates.set(table, (await lake.read.table(table))?.Parameters?.["storage.location.template"]);
      found.push(...check({ name, description, written, templates, lake }));
      if (partitionBy === "event" && description) found.push(...windowFindings(name, lake));
    }
    return found;
  },
};

interface Looked {
  readonly name: string;
  readonly description: DeliveryStreamDescription | undefined;
  /** The tables whose rows it writes. */
  readonly written: readonly Shape[];
  /** Where each of them looks. */
  readonly templates: ReadonlyMap<string, string | undefined>;
  readonly lake: Lake;
}

function check(looked: Looked): readonly Finding[] {
  const { name, description } = looked;
  const { found, problem, warning } = findingsOf("delivery", `firehose ${name}`);
  const s3 = description?.Destinations?.[0]?.ExtendedS3DestinationDescription;
  if (!description || !s3) {
    problem("the delivery stream does not exist or does not write to S3: nothing reaches the lake", REDEPLOY);
    return found;
  }
  const status = description.DeliveryStreamStatus;
  if (status !== "ACTIVE") problem(`the delivery stream is ${status}: rows wait on the Kinesis stream`, REDEPLOY);
  const update = (change: object) =>
    `aws firehose update-destination --delivery-stream-name ${name} --current-delivery-stream-version-id ${description.VersionId} ` +
    `--destination-id ${description.Destinations?.[0]?.DestinationId} --extended-s3-destination-update '${JSON.stringify(change)}'`;
  const { CompressionFormat: compression, CustomTimeZone: zone = "UTC", ErrorOutputPrefix: errors = "" } = s3;
  const usesTime = s3.Prefix?.includes("!{timestamp:") === true;
  if (zone !== "UTC" && usesTime)
    problem(`its hours are those of ${zone}, and the table's are UTC`, update({ CustomTimeZone: "UTC" }));
  if (compression !== "GZIP" && compression !== "UNCOMPRESSED")
    problem(
      `it compresses as ${compression}, which the table's format does not read`,
      update({ CompressionFormat: "GZIP" }),
    );
  if (!errors.startsWith("errors/"))
    warning(
      `what Firehose refuses goes to ${errors || "the table's own folder"} instead of errors/, where the doctor looks`,
      update({ ErrorOutputPrefix: "errors/!{firehose:error-output-type}/" }),
    );
  return [...found, ...prefixFindings(s3, looked, update), ...processorFindings(s3, looked)];
}

/** The prefix agrees with the table's own template, whatever the two are, or with the code's; then the table is the odd one. */
function prefixFindings(
  s3: ExtendedS3DestinationDescription,
  { name, written, templates, lake }: Looked,
  update: (change: object) => string,
): readonly Finding[] {
  const { found, problem } = findingsOf("delivery", `firehose ${name}`);
  const bucket = s3.BucketARN?.replace(/^arn:[^:]*:s3:::/, "") ?? "";
  for (const { table } of written) {
    const writes = `s3://${bucket}/${templateOf(s3.Prefix ?? "", table)}`;
    const should = `s3://${lake.settings.lakeBucket}/${table}/${HOUR_TEMPLATE}`;
    const template = templates.get(table);
    if (writes === should || writes === template) continue;
    const prefix = writtenPrefix(written.length > 1, table);
    problem(
      `it writes the rows of ${table} to ${writes}, but the table looks in ${template ?? should}`,
      update({ Prefix: prefix }),
    );
  }
  return found;
}

/** Firehose's expressions as the placeholders of the table's template (Firehose Developer Guide, "Custom prefixes"). */
function templateOf(prefix: string, table: string): string {
  const names: Readonly<Record<string, string>> = { yyyy: "year", MM: "month", dd: "day", HH: "hour" };
  return prefix
    .replaceAll("!{partitionKeyFromQuery:table}", table)
    .replaceAll(/!\{partitionKeyFromQuery:(\w+)\}/g, (_, key: string) => `\${${key}}`)
    .replaceAll(/!\{timestamp:([^}]*)\}/g, (_, pattern: string) =>
      pattern.replaceAll("'", "").replaceAll(/yyyy|MM|dd|HH/g, (part) => `\${${names[part]}}`),
    );
}

function writtenPrefix(byKeys: boolean, table: string): string {
  const patterns: Readonly<Record<string, string>> = { year: "yyyy", month: "MM", day: "dd", hour: "HH" };
  return `${byKeys ? "!{partitionKeyFromQuery:table}" : table}/${Object.keys(PARTITIONS)
    .map((key) => `${key}=!{${byKeys ? `partitionKeyFromQuery:${key}` : `timestamp:${patterns[key]}`}}/`)
    .join("")}`;
}

function processorFindings(s3: ExtendedS3DestinationDescription, { name, lake }: Looked): readonly Finding[] {
  const { found, problem } = findingsOf("delivery", `firehose ${name}`);
  if (lake.settings.partitionBy === "arrival") return found;
  if (s3.DynamicPartitioningConfiguration?.Enabled !== true) {
    problem(
      "dynamic partitioning is off, but the consumer counts on it (PARTITION_BY=event)",
      "npx cdk deploy -c lake:partitionBy=event",
    );
    return found;
  }
  const { Enabled: enabled, Processors: processors = [] } = s3.ProcessingConfiguration ?? {};
  for (const [type, consequence] of STEPS)
    if (!enabled || !processors.some(({ Type }) => Type === type))
      problem(`it has no ${type}: ${consequence}`, REDEPLOY);
  const query = parameterOf(s3, "MetadataExtraction", "MetadataExtractionQuery");
  const wrong = Object.keys(PARTITIONS).filter((key) => !new RegExp(`"?\\b${key}"?\\s*:\\s*\\.${key}\\b`).test(query));
  if (query !== "" && wrong.length > 0)
    problem(`its jq program does not take ${wrong.join(", ")} from the row: ${query.slice(0, 120)}`, REDEPLOY);
  return found;
}

function parameterOf(s3: ExtendedS3DestinationDescription, type: ProcessorType, name: ProcessorParameterName): string {
  const processor = s3.ProcessingConfiguration?.Processors?.find(({ Type }) => Type === type);
  return processor?.Parameters?.find(({ ParameterName }) => ParameterName === name)?.ParameterValue ?? "";
}

/** The consumer may open as many hours as its window is long, and Firehose holds only so many. */
function windowFindings(name: string, { settings: { window } }: Lake): readonly Finding[] {
  const { found, problem } = findingsOf("window", `firehose ${name}`);
  const hours = window.lateHours + window.futureHours + PRESENT_HOURS;
  if (hours > ACTIVE_PARTITIONS)
    problem(
      `late events can open ${hours} hours at a time and Firehose holds ${ACTIVE_PARTITIONS}: the rest goes to errors/`,
      `npx cdk deploy -c lake:lateHours=${ACTIVE_PARTITIONS - PRESENT_HOURS - window.futureHours}`,
    );
  return found;
}
