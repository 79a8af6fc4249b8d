import { findingsOf, REDEPLOY } from "./finding.ts";
import type { Check, Lake, MappingState } from "./lake.ts";

/** Results of a poll that went well (Lambda API Reference, EventSourceMappingConfiguration.LastProcessingResult). */
const GOOD_RESULTS = new Set(["OK", "No records processed"]);

/** The states in which records are taken from the stream. */
const RUNNING = new Set(["Enabled", "Updating"]);

/** The event source mapping: whether records reach the consumer, and what becomes of those that fail. */
export const mapping: Check = {
  name: "mapping",
  async run(lake) {
    const mappings = await lake.read.mappings();
    const { found, problem } = findingsOf("mapping", `kinesis ${lake.stream}`);
    if (mappings.length === 0) problem("no event source mapping reads the stream: nothing reaches the lake", REDEPLOY);
    const retention = (await lake.read.stream())?.RetentionPeriodHours;
    return [...found, ...ownOf(mappings).flatMap((one) => check(one, lake, retention))];
  },
};

/** Others may read the stream too: the lake's own is that of the template's consumer, if it can be told. */
function ownOf(mappings: readonly MappingState[]): readonly MappingState[] {
  const own = mappings.filter(({ FunctionArn }) => FunctionArn?.includes("Consumer"));
  return own.length > 0 ? own : mappings;
}

function check(one: MappingState, lake: Lake, retentionHours: number | undefined) {
  const name = one.FunctionArn?.split(":").at(-1) ?? "unknown";
  const { found, problem, warning } = findingsOf("mapping", `lambda mapping ${one.UUID} of ${name}`);
  const update = (options: string) => `aws lambda update-event-source-mapping --uuid ${one.UUID} ${options}`;
  const { State: state = "unknown", LastProcessingResult: result } = one;
  if (!RUNNING.has(state))
    problem(
      `the mapping is ${state} (${one.StateTransitionReason ?? "no reason given"}): nothing is read`,
      update("--enabled"),
    );
  if (result !== undefined && !GOOD_RESULTS.has(result))
    problem(`its last result was ${JSON.stringify(result)}`, logsOf(name));
  if (!one.FunctionResponseTypes?.includes("ReportBatchItemFailures"))
    problem(
      "ReportBatchItemFailures is off: the records that the consumer reports as failed are taken for done, and lost",
      update("--function-response-types ReportBatchItemFailures"),
    );
  if (one.BisectBatchOnFunctionError !== true)
    warning("bisecting is off: one bad record takes its batch along", update("--bisect-batch-on-function-error"));
  if (!one.DestinationConfig?.OnFailure?.Destination)
    problem(
      "there is no on-failure destination: records that Lambda gives up are lost",
      update(`--destination-config '{"OnFailure":{"Destination":"arn:aws:s3:::${lake.settings.lakeBucket}"}}'`),
    );
  if ((one.MaximumRetryAttempts ?? -1) < 0)
    warning(
      "retries never end: one bad record blocks its shard until it expires",
      update("--maximum-retry-attempts 10"),
    );
  if (one.FilterCriteria?.Filters?.some(({ Pattern }) => Pattern?.includes('"data"')))
    problem(
      "its filter looks into the data: what is no plain JSON (gzip, KPL, text) is dropped unseen",
      update("--filter-criteria '{}'"),
    );
  const age = one.MaximumRecordAgeInSeconds ?? -1;
  if (retentionHours !== undefined && (age < 0 || age >= retentionHours * 3_600))
    warning(
      `records may grow as old as the stream's memory (${retentionHours} h), which forgets them before they are saved`,
      update(`--maximum-record-age-in-seconds ${Math.min(retentionHours / 2, 168) * 3_600}`),
    );
  return found;
}

/** The function's log group has a name that CloudFormation made. */
function logsOf(name: string): string {
  const group = `aws lambda get-function-configuration --function-name ${name} --query LoggingConfig.LogGroup --output text`;
  return `aws logs tail "$(${group})" --since 1h`;
}
