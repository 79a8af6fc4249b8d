import { ALARM, DELIVERY, LOG_RETENTION_DAYS, MAPPING, QUEUE_MAPPING, type Range, STREAM } from "./limits.ts";

/** Everything about the lake that a deployment may choose, read from CDK context keys named `lake:<setting>`. */
export type Settings = ReturnType<typeof choose>;

const PREFIX = "lake:";

/** S3 User Guide, "General purpose bucket naming rules", roughly. */
const BUCKET_NAMES = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9](,(?=.)|$))*$/;

/** Without what IAM would take for a wildcard or a variable. */
const PLACE = "(?:s3://[a-z0-9.-]{3,63}/|(?!s3:))[^,*?$\\s]{1,1000}";
const DATABASES = listOf(`${PLACE}\\.mmdb`);
const TABLES = listOf(`${PLACE}\\.(?:csv|tsv|json|ndjson|jsonl)(?:\\.gz)?`);

/** Names of sources as plugins set them. */
const SOURCE_NAMES = /^([a-z0-9_.-]{1,64}(,(?=.)|$))*$/;

/** Hours open beside the window: the hour of arrival itself and the quarantine's. */
const PRESENT_HOURS = 2;

/**
 * Reads and checks the settings, from `cdk.json` or the command line (`npx cdk deploy -c lake:partitionBy=arrival`).
 *
 * Values may be text, as the command line gives them. `thisYear` guards the year range of the tables.
 * @throws {Error} naming every unknown setting and every bad value at once; nothing is synthesized then.
 */
export function readSettings(context: Record<string, unknown>, thisYear: number): Settings {
  const { problems, known, ...read } = reader(context);
  const settings = choose(read);
  for (const key of Object.keys(context)) {
    if (key === "lake") problems.push("lake is not read: write each setting as a key of its own, lake:<setting>");
    else if (key.startsWith(PREFIX) && !known.has(key.slice(PREFIX.length)))
      problems.push(`${key} is no setting; there are ${[...known].join(", ")}`);
  }
  problems.push(...contradictions(settings, thisYear));
  if (problems.length > 0) throw new Error(`settings: ${problems.join("; ")}. Nothing was synthesized.`);
  return settings;
}

function choose({ integer, oneOf, flag, text }: Readers) {
  return {
    /** How far back a replay can reach. Seven days cost $0.10 a GB-month beyond the first; a day is over in one weekend. */
    retentionHours: integer("retentionHours", 168, STREAM.retentionHours),

    /** Records a batch. At 1 KB a record this is well under Lambda's 6 MB, and a batch that is retried stays small. */
    batchSize: integer("batchSize", 1_000, MAPPING.batchSize),
    /** How long a batch gathers. Firehose buffers for a minute anyway, and fuller batches pack better. */
    batchWindowSeconds: integer("batchWindowSeconds", 2, [1, MAPPING.batchWindowSeconds[1]]),
    /** Batches of one shard at a time. One keeps a shard's order and is faster than a shard can be written. */
    parallelizationFactor: integer("parallelizationFactor", 1, MAPPING.parallelizationFactor),

    /** `event` files by the hour an event happened; `arrival` by the hour it came, without dynamic partitioning's price. */
    partitionBy: oneOf("partitionBy", "event", ["event", "arrival"]),
    /** An event older than this when it arrives is filed under its arrival hour, tagged `late`. */
    lateHours: integer("lateHours", 480, [1, DELIVERY.activePartitions]),
    /** An event further ahead than this is filed under its arrival hour, tagged `future`. */
    futureHours: integer("futureHours", 1, [0, DELIVERY.activePartitions]),

    /** Makes an event of each line that is no JSON, with the line as its message; otherwise it is quarantined. */
    acceptText: flag("acceptText", false),

    /**
     * MMDB databases (GeoLite2, DB-IP, IPinfo) that say where addresses are, with commas between: paths of files, which go into
     * the bundle, or `s3://bucket/key` in the lake's region. Lambda holds 250 MB of bundle; what is larger belongs in S3.
     */
    geo: text("geo", "", DATABASES, "paths or s3:// URLs of .mmdb files with commas between")
      .split(",")
      .filter((place) => place !== ""),
    /** Lookup tables, as `geo`: CSV, TSV, JSON or NDJSON. plugins/README.md says what is in them. */
    lookups: text(
      "lookups",
      "",
      TABLES,
      "paths or s3:// URLs of .csv, .tsv, .json or .ndjson files with commas between",
    )
      .split(",")
      .filter((place) => place !== ""),

    /** Longest wait before Firehose writes. A minute is at most 60 objects an hour and partition, under $1 a month each. */
    bufferSeconds: integer("bufferSeconds", 60, DELIVERY.bufferSeconds),

    /** Keeps what a person deletes or overwrites by mistake for 30 days. Firehose itself never overwrites. */
    versioned: flag("versioned", true),
    /** Days until events and quarantine are deleted; 0 keeps them forever. */
    expireDays: integer("expireDays", 0, [0, 36_500]),
    /** Days until Athena's results and the buckets' access logs are deleted. */
    resultDays: integer("resultDays", 30, [1, 36_500]),
    logRetentionDays: oneOf("logRetentionDays", 90, LOG_RETENTION_DAYS),

    /** Athena stops a query that reads more: 100 GiB are about $0.50 (at $5 a TB). */
    scanLimitGiB: integer("scanLimitGiB", 100, [1, 1_000_000]),
    /** Years the tables know. Each one adds 8,928 places to look in for a query that names no hour, so keep them few. */
    firstYear: integer("firstYear", 2024, [1970, 9999]),
    lastYear: integer("lastYear", 2035, [1970, 9999]),

    /** Days until dropped objects are deleted; 0 keeps them forever. Quarantine refers to those that could not be read. */
    dropDays: integer("dropDays", 0, [0, 36_500]),
    /** Dropped objects that are read at a time. The stream's shards are the limit long before this is. */
    dropConcurrency: integer("dropConcurrency", 5, QUEUE_MAPPING.maxConcurrency),
    /** Names of other buckets, with commas between, that `lake backfill` may feed from. */
    sourceBuckets: text("sourceBuckets", "", BUCKET_NAMES, "names of buckets with commas between")
      .split(",")
      .filter((name) => name !== ""),

    /** Whether there is a URL that agents can ship to as if it were Elasticsearch. It is public, behind a password. */
    bulk: flag("bulk", false),
    /** Requests to that URL at a time; more are told to wait (429). 0 takes from what the account has left. */
    bulkConcurrency: integer("bulkConcurrency", 20, [0, 1_000]),

    /** Whether replays can run in AWS. Without it they run from a laptop; with it there is a function more, idle and free. */
    replay: flag("replay", false),

    /** Quarantined records within five minutes that raise the alarm. */
    quarantineAlarmRecords: integer("quarantineAlarmRecords", 100, [1, Number.MAX_SAFE_INTEGER]),
    /** Sources, with commas between, that raise an alarm when they used to send and stop. Each costs about $0.40 a month. */
    watchedSources: text("watchedSources", "", SOURCE_NAMES, "names of sources with commas between")
      .split(",")
      .filter((name) => name !== ""),
    /** Hours without an event of a watched source until its alarm goes off. */
    quietHours: integer("quietHours", 24, ALARM.quietHours),
    /** ARN of an SNS topic that hears of alarms; empty for none. */
    alarmTopicArn: text("alarmTopicArn", "", /^(arn:[^:]+:sns:[^:]+:\d{12}:[^:]+)?$/, "the ARN of an SNS topic"),
  };
}

function listOf(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern}(?:,${pattern})*)?$`);
}

/** What each value allows, but not all of them together. */
function contradictions(settings: Settings, thisYear: number): string[] {
  const { lateHours, futureHours, firstYear, lastYear } = settings;
  const found: string[] = [];
  if (lateHours + futureHours + PRESENT_HOURS > DELIVERY.activePartitions)
    found.push(
      `lake:lateHours ${lateHours} and lake:futureHours ${futureHours} open more than the ${DELIVERY.activePartitions} ` +
        "partitions that Firehose holds; the rest would go to errors/",
    );
  if (firstYear > lastYear) found.push(`lake:firstYear ${firstYear} comes after lake:lastYear ${lastYear}`);
  if (lastYear <= thisYear) found.push(`lake:lastYear ${lastYear} hides events from the end of that year on; raise it`);
  return found;
}

type Readers = Omit<ReturnType<typeof reader>, "problems" | "known">;

/** Readers that note each name they are asked for and each value they refuse; a refused value reads as its default. */
function reader(context: Record<string, unknown>) {
  const known = new Set<string>();
  const problems: string[] = [];

  function value(name: string): unknown {
    known.add(name);
    return context[PREFIX + name];
  }
  function refuse<T>(name: string, given: unknown, wanted: string, standard: T): T {
    problems.push(`${PREFIX}${name} is ${JSON.stringify(given)?.slice(0, 120)}, but must be ${wanted}`);
    return standard;
  }

  function integer(name: string, standard: number, [min, max]: Range): number {
    const given = value(name);
    if (given === undefined) return standard;
    const number = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
    const fits = typeof number === "number" && Number.isInteger(number) && number >= min && number <= max;
    return fits ? number : refuse(name, given, `a whole number from ${min} to ${max}`, standard);
  }
  function oneOf<T extends string | number>(name: string, standard: T, choices: readonly T[]): T {
    const given = value(name);
    if (given === undefined) return standard;
    const chosen = choices.find((choice) => String(choice) === String(given));
    return chosen ?? refuse(name, given, `one of ${choices.join(", ")}`, standard);
  }
  function flag(name: string, standard: boolean): boolean {
    return oneOf(name, standard ? "true" : "false", ["true", "false"]) === "true";
  }
  function text(name: string, standard: string, pattern: RegExp, wanted: string): string {
    const given = value(name) ?? standard;
    return typeof given === "string" && pattern.test(given) ? given : refuse(name, given, wanted, standard);
  }
  return { known, problems, integer, oneOf, flag, text };
}
