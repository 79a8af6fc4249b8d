import type { Table } from "@aws-sdk/client-glue";
import { desiredTable, RUNWAY_DAYS, readYears, yearsOf } from "./desired.ts";
import { type Difference, differences } from "./difference.ts";
import { type Finding, findingsOf, REDEPLOY } from "./finding.ts";
import { type Check, DATABASE, type Lake } from "./lake.ts";
import { PARTITIONS, type Shape, shapes } from "./shape.ts";

const FIX = "lake doctor --fix";

/** What comes of a difference, by where it is: the first row whose start fits says it. */
const CONSEQUENCES: readonly (readonly [start: string, consequence: string])[] = [
  ["column ", "the code writes it otherwise, so queries fail or show NULL"],
  ["Location", "the objects are elsewhere"],
  ["storage.location.template", "Athena looks for objects where none are, and finds no rows"],
  ["projection.enabled", "Athena asks for registered partitions, and nothing registers any: no rows"],
  ["SerDe ignore.malformed.json", "one damaged line ends a query"],
  ["SerDe", "rows come as NULL, or the query fails"],
  ["InputFormat", "the objects cannot be read as lines of text"],
];

/** The deployed tables against what the code writes and where. */
export const tables: Check = {
  name: "table",
  async run(lake) {
    const found = await Promise.all(
      shapes().map(async (shape) => check(await lake.read.table(shape.table), shape, lake)),
    );
    return found.flat();
  },
};

function check(table: Table | undefined, shape: Shape, lake: Lake): readonly Finding[] {
  const { found, problem } = findingsOf("table", whereIs(shape));
  if (!table) {
    problem("the table does not exist, so every query fails", REDEPLOY);
    return found;
  }
  const keys = (table.PartitionKeys ?? []).map(({ Name, Type }) => `${Name} ${Type}`).join(", ");
  const wanted = Object.keys(PARTITIONS)
    .map((key) => `${key} string`)
    .join(", ");
  const drop = `aws glue delete-table --database-name ${DATABASE} --name ${shape.table} && ${REDEPLOY}`;
  if (keys !== wanted) problem(`its partition columns are ${keys || "none"} and must be ${wanted}`, drop);
  return [...found, ...differencesOf(table, shape, lake).flatMap((one) => findingOf(one, table, shape, lake))];
}

/** What an update of the table would change. */
export function differencesOf(table: Table, shape: Shape, lake: Lake): Difference[] {
  return differences(table, desiredTable(table, shape, lake));
}

function findingOf(one: Difference, table: Table, shape: Shape, lake: Lake): readonly Finding[] {
  if (one.at === "projection.year.range") return yearFindings(table, shape, lake);
  const { found, problem, warning } = findingsOf(
    one.at.startsWith("projection.") ? "projection" : "table",
    whereIs(shape),
  );
  const say = one.at === "OutputFormat" ? warning : problem;
  say(`${one.at} ${sayDifference(one)}: ${consequence(one.at)}`, FIX);
  return found;
}

function sayDifference({ has, wants }: Difference): string {
  if (has === undefined) return `is missing (must be ${wants})`;
  return wants === undefined ? `is ${has} and must not be there` : `is ${has} and must be ${wants}`;
}

function consequence(at: string): string {
  const key = /^projection\.(\w+)\./.exec(at)?.[1];
  if (key !== undefined)
    return `Athena's values of ${key} are not those in the objects' paths, so its conditions find nothing`;
  return CONSEQUENCES.find(([start]) => at.startsWith(start))?.[1] ?? "it differs from what is deployed";
}

/** Three things can be wrong with the years: they ended, they are about to, or late events are filed before them. */
function yearFindings(table: Table, shape: Shape, lake: Lake): readonly Finding[] {
  const range = table.Parameters?.["projection.year.range"];
  const { oldest, newest, soon, thisYear } = yearsOf(lake);
  const years = findingsOf("projection", whereIs(shape));
  const [first, last] = readYears(range) ?? [Number.NaN, Number.NaN];
  const extend = `${FIX}; and deploy with -c lake:lastYear=${thisYear + 10} from now on`;
  if (Number.isNaN(first)) years.problem(`projection.year.range is ${range ?? "missing"}: it must be two years`, FIX);
  else if (last < newest)
    years.problem(`the range of years ended with ${last}: events of ${newest} are not found`, extend);
  else if (last < soon) years.warning(`the range of years ends with ${last}, in less than ${RUNWAY_DAYS} days`, extend);
  const window = findingsOf("window", whereIs(shape));
  const { lateHours } = lake.settings.window;
  if (first > oldest)
    window.problem(
      `events up to ${lateHours} hours late are filed under ${oldest}, but the range of years begins with ${first}: they are not found`,
      `${FIX}; and deploy with -c lake:firstYear=${oldest} from now on`,
    );
  return [...years.found, ...window.found];
}

function whereIs({ table }: Shape): string {
  return `glue ${DATABASE}.${table}`;
}
