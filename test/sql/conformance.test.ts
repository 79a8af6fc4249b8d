import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LakeDatabase, openDatabase } from "../../infra/local/athena/lake.ts";
import { DATABASE, EVENTS } from "../infra/local/athena-lab.ts";
import type { Answer } from "./constructs.ts";
import { DIFFERENT, LENIENT, REFUSED } from "./known.ts";

/** What a real Trino server answered, recorded by record.ts. */
const ANSWERS: readonly Answer[] = readFileSync(new URL("answers.ndjson", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

let folder: string;
let database: LakeDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "conformance-"));
  database = await openDatabase({ tables: [EVENTS], s3Root: join(folder, "s3"), scratch: join(folder, "duckdb") });
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

async function answer(sql: string): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  const sink = {
    start() {},
    columns() {},
    rows: (batch: readonly (readonly (string | null)[])[]) => void rows.push(...batch.map((row) => [...row])),
  };
  await database.run(await database.read(sql, DATABASE), sink, AbortSignal.timeout(10_000));
  return rows;
}

/** Trino keeps a time's precision, and writes a hash in two halves; Athena has milliseconds, and here bytes are alike. */
const plain = (rows: Answer["rows"]) =>
  rows?.map((row) =>
    row.map((cell) => cell?.replace(/(\d\d:\d\d:\d\d)\.000(?= |$|]|,)/g, "$1").replace("   ", " ") ?? null),
  );

const are = (known: { has(sql: string): boolean }) => ANSWERS.filter(({ sql }) => known.has(sql));
const isKnown = (sql: string) => REFUSED.has(sql) || LENIENT.has(sql) || DIFFERENT.has(sql);

describe("as Trino answers", () => {
  test.each(ANSWERS.filter(({ sql }) => !isKnown(sql)))("$sql", async ({ sql, rows, error }) => {
    if (error === undefined) expect(plain(await answer(sql))).toEqual(plain(rows));
    else await expect(answer(sql)).rejects.toThrow();
  });
});

describe("refused, with an error that names it", () => {
  test.each(are(REFUSED))("$sql", async ({ sql, error }) => {
    expect(error).toBeUndefined();
    await expect(answer(sql)).rejects.toThrow(REFUSED.get(sql));
  });
});

describe("answered here, a mistake in Trino", () => {
  test.each(are(LENIENT))("$sql", async ({ sql, error }) => {
    expect(error).toBeDefined();
    await answer(sql);
  });
});

describe("the same answer, written otherwise", () => {
  test.each(are(DIFFERENT))("$sql", async ({ sql }) => {
    expect(await answer(sql)).toEqual([[DIFFERENT.get(sql)]]);
  });
});

test("every known difference is one of a recorded construct", () => {
  const recorded = new Set(ANSWERS.map(({ sql }) => sql));
  expect([...REFUSED.keys(), ...LENIENT, ...DIFFERENT.keys()].filter((sql) => !recorded.has(sql))).toEqual([]);
});
