import { AthenaClient } from "@aws-sdk/client-athena";
import { Command } from "commander";
import { type Answer, type Cell, runQuery } from "./athena.ts";
import { DEFAULT_DIR, findTarget, type TargetOptions } from "./target.ts";
import { paint, say, table } from "./terminal.ts";

interface QueryOptions extends TargetOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** `lake query`: SQL through Athena's API, here or in AWS. */
export function queryCommand(): Command {
  return new Command("query")
    .description("run a SQL statement and print the rows")
    .argument("<sql>", "one statement, in Athena's SQL")
    .option("--json", "one JSON object a row")
    .option("--csv", "comma-separated values with a header")
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--aws", "query AWS even when a local lake is up")
    .addHelpText(
      "after",
      `
Example:
  lake query "SELECT source, count(*) AS events FROM events GROUP BY source ORDER BY events DESC"`,
    )
    .action(query);
}

async function query(sql: string, options: QueryOptions): Promise<void> {
  const target = findTarget(options);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const answer = await runQuery(new AthenaClient(target.client), sql, stop.signal);
  print(answer, options);
  if (options.json || options.csv) return;
  const scanned = answer.bytesScanned === undefined ? "" : `, ${answer.bytesScanned} bytes scanned`;
  say(paint("dim", `${answer.rows.length} rows${scanned}`));
}

function print({ header, rows }: Answer, { json, csv }: QueryOptions): void {
  if (json) {
    for (const row of rows)
      console.log(JSON.stringify(Object.fromEntries(header.map((name, i) => [name, row[i] ?? null]))));
  } else if (csv) {
    for (const row of [header, ...rows]) console.log(row.map(csvCell).join(","));
  } else {
    console.log(tableOf({ header, rows }));
  }
}

/** The rows as a table for people; NULL is left empty. */
export function tableOf({ header, rows }: Pick<Answer, "header" | "rows">): string {
  return table(
    header,
    rows.map((row) => row.map((cell) => cell ?? "")),
  );
}

/** RFC 4180, as Athena writes it: every value quoted, NULL nothing at all. */
function csvCell(value: Cell): string {
  return value === null ? "" : `"${value.replaceAll('"', '""')}"`;
}
