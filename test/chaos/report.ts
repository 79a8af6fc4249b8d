import { table } from "../../handlers/cli/terminal.ts";
import { isSurvived } from "./injected.ts";
import type { ChaosRun } from "./run.ts";

/** How often something was done to the lake, and how often it lost nothing by it. */
interface Survival {
  readonly name: string;
  readonly injected: number;
  readonly survived: number;
}

/** A run, judged. */
export interface Report {
  readonly faults: readonly Survival[];
  readonly totals: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly unexplained: number;
  /** What is wrong, the first of each kind in full; empty when the lake passed. */
  readonly problems: readonly string[];
}

/** Problems that are said in full. */
const SAID = 10;

/** The report of a run, ready for JSON. */
export function reportOf(run: ChaosRun): Report {
  const { audit, produced, logged, counts, rows } = run;
  const { outcomes, lost, unexplained } = audit;
  const problems = [
    ...some(
      "lost",
      lost.map(({ payload, kind, why }) => `payload ${payload} (${kind}): ${why}`),
    ),
    ...some("unexplained", unexplained),
    ...conduct(run),
  ];
  const totals = {
    payloads: produced.payloads,
    "records on the stream": audit.records,
    "documents in them": audit.documents,
    ...outcomes,
    "rows in storage": rows,
    "duplicate rows": audit.duplicates,
    invocations: counts.invocations,
    "documents that came again": logged.toComeAgain,
  };
  return { faults: survivals(run), totals, lost: lost.length, unexplained: unexplained.length, problems };
}

/**
 * What the consumer does wrong though nothing is lost by it: the stream's second delivery makes up for much, at the price of
 * duplicates and of records given up.
 */
function conduct({ logged, counts, crashes, rows }: ChaosRun): string[] {
  const problems: string[] = [];
  const { unbalanced, givenBack, reasons } = logged;
  if (unbalanced > 0) problems.push(`${unbalanced} log lines whose received is not the sum of the rest`);
  if (givenBack > 0)
    problems.push(
      `${givenBack} documents given back though there was time to send them again (${[...reasons].join("; ")})`,
    );
  const refused = counts.errors - crashes;
  if (refused > 0) problems.push(`${refused} answers named a record that was not in the batch: all of it came again`);
  const claimed = logged.delivered + logged.quarantined;
  if (claimed > rows) problems.push(`${claimed} rows are said to be delivered, but there are ${rows}`);
  return problems;
}

function survivals({ injected, audit, notes }: ChaosRun): Survival[] {
  const lost = new Set(audit.lost.map(({ payload }) => payload));
  const faults = [...Map.groupBy(injected, ({ name }) => name)].map(([name, list]) => ({
    name,
    injected: list.length,
    survived: list.filter((one) => isSurvived(one, lost)).length,
  }));
  const payloads = [...audit.kinds].map(([kind, numbers]) => ({
    name: `payload: ${kind}`,
    injected: numbers.size,
    survived: [...numbers].filter((number) => !lost.has(number)).length,
  }));
  const killed = notes.get("killed")?.length ?? 0;
  const consumer = {
    name: "consumer killed at a random time",
    injected: killed,
    survived: lost.size === 0 ? killed : 0,
  };
  const byName = (a: Survival, b: Survival) => a.name.localeCompare(b.name);
  return [...faults, consumer].sort(byName).concat(payloads.sort(byName));
}

function some(what: string, list: readonly string[]): string[] {
  const said = list.slice(0, SAID).map((one) => `${what}: ${one}`);
  return list.length > SAID ? [...said, `${what}: and ${list.length - SAID} more`] : said;
}

/** The report for people. */
export function textOf({ faults, totals, lost, unexplained, problems }: Report): string {
  const rows = faults.map(({ name, injected, survived }) => [name, String(injected), String(survived)]);
  const sums = Object.entries(totals).map(([name, value]) => [name, String(value)]);
  const verdict = `lost ${lost}, unexplained ${unexplained}`;
  return [
    table(["done to the lake", "times", "survived"], rows),
    table(["documents and rows", "count"], sums),
    [verdict, ...problems].join("\n"),
  ].join("\n\n");
}
