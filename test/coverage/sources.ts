import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";
import type { PluginSet } from "../../core/order.ts";
import { createPipeline, type Pipeline } from "../../core/pipeline.ts";
import { lineOf } from "../../core/row.ts";
import { writeRegistry } from "../../infra/registry.ts";

const HELP = `Usage: npm run coverage:sources -- [--json]

Prints, for every source, how often each field that an analyst asks for is set as it should be where the source has it:
over test/fixtures/<source>.ndjson, by the expectations in <source>.expected.ndjson. A dash is a field that no event of the
source has. "wrong" counts values that are set and differ, or are set where the source says nothing.

  --json  one JSON object on standard output instead of the table
  --help  this text

Exit codes: 0 all fields are set as they should be; 1 they are not; 2 wrong usage.`;

/** The columns of the table, and the field behind each; `details.` is left out. */
const FIELDS = {
  time: "utctimestamp",
  source: "sourceipaddress",
  destination: "destinationipaddress",
  user: "user",
  outcome: "success",
  summary: "summary",
  category: "category",
} as const;

type Column = keyof typeof FIELDS;
const COLUMNS = Object.keys(FIELDS) as Column[];

/** As in test/contract.ts: when every event of the fixtures arrives. */
const ARRIVAL_MS = Date.UTC(2020, 8, 15, 12, 34, 56, 789);

const FIXTURES = new URL("../fixtures/", import.meta.url);

type Fields = Record<string, unknown>;

interface Coverage {
  readonly source: string;
  readonly events: number;
  /** Events that have the field, and those of them in which it is as it should be. */
  readonly fields: Readonly<Record<Column, { readonly has: number; readonly set: number }>>;
  readonly wrong: readonly string[];
}

process.exitCode = await main();

async function main(): Promise<number> {
  const options = optionsIn(process.argv.slice(2));
  if (typeof options === "string") console.error(`coverage:sources: ${options}; --help shows the options`);
  if (typeof options === "string") return 2;
  if (options.help) console.log(HELP);
  if (options.help) return 0;
  writeRegistry();
  const { plugins }: { plugins: PluginSet } = await import("../../plugins/registry.ts");
  const rows = sourcesThere().map((source) =>
    coverageOf(source, createPipeline(plugins, { lateHours: 1e9, futureHours: 1e9 })),
  );
  console.log(options.json ? JSON.stringify({ sources: rows }) : textOf(rows));
  return rows.every(isWhole) ? 0 : 1;
}

function optionsIn(args: string[]): { json: boolean; help: boolean } | string {
  try {
    const options = { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function sourcesThere(): string[] {
  return readdirSync(FIXTURES)
    .flatMap((file) => /^(.+)\.expected\.ndjson$/.exec(file)?.[1] ?? [])
    .sort();
}

function linesOf(file: string): string[] {
  return readFileSync(new URL(file, FIXTURES), "utf8").trim().split("\n");
}

function coverageOf(source: string, pipeline: Pipeline): Coverage {
  const expected = linesOf(`${source}.expected.ndjson`).map((line): Fields => JSON.parse(line));
  const events = linesOf(`${source}.ndjson`).map((line) => normalized(line, pipeline));
  const wrong: string[] = [];
  const fields = Object.fromEntries(
    COLUMNS.map((column) => {
      const counts = { has: 0, set: 0 };
      for (const [i, event] of events.entries()) {
        const wanted = expected[i]?.[FIELDS[column]] ?? undefined;
        const value = event[FIELDS[column]];
        if (wanted !== undefined) counts.has++;
        if (isDeepStrictEqual(value, wanted)) counts.set += Number(wanted !== undefined);
        else if (value !== undefined) wrong.push(`line ${i + 1}: ${FIELDS[column]} is ${JSON.stringify(value)}`);
      }
      return [column, counts];
    }),
  ) as Record<Column, { has: number; set: number }>;
  return { source, events: events.length, fields, wrong };
}

/** The fields of the table, as a reader of the stored row sees them; a column's default is not set. */
function normalized(line: string, pipeline: Pipeline): Fields {
  const record = {
    payload: Buffer.from(line),
    stream: "s",
    shard: "0",
    sequence: "1",
    partitionKey: "k",
    arrivalMs: ARRIVAL_MS,
  };
  const [outcome] = pipeline.process(record, ARRIVAL_MS);
  if (outcome?.kind !== "event") return {};
  const { utctimestamp, summary, category, details } = JSON.parse(lineOf(outcome.row));
  return { ...JSON.parse(details), utctimestamp, summary, category };
}

function isWhole({ fields, wrong }: Coverage): boolean {
  return wrong.length === 0 && Object.values(fields).every(({ has, set }) => has === set);
}

function textOf(rows: readonly Coverage[]): string {
  const header = ["source", "events", ...COLUMNS, "wrong"];
  const cells = rows.map(({ source, events, fields, wrong }) => [
    source,
    String(events),
    ...COLUMNS.map((column) => percent(fields[column])),
    String(wrong.length),
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const lines = [header, ...cells].map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
  );
  const details = rows.flatMap(({ source, wrong }) => wrong.map((text) => `${source} ${text}`));
  return [...lines, ...details].join("\n");
}

function percent({ has, set }: { has: number; set: number }): string {
  return has === 0 ? "-" : `${Math.floor((set / has) * 100)} %`;
}
