import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

const REFUSED: readonly [name: string, payload: string | Uint8Array, code: string][] = [
  ["not JSON", "hello", "invalid_json"],
  ["null", "null", "not_an_object"],
  ["a bare string", '"text"', "not_an_object"],
  ["a number", "5", "not_an_object"],
  ["broken UTF-8", Uint8Array.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), "invalid_utf8"],
  ["2,000 levels", deep(2000), "too_deep"],
  ["a cut gzip", gzipSync('{"a":1}').subarray(0, 15), "invalid_gzip"],
  ["blanks", "  \n ", "empty_payload"],
  ["a row over Firehose's limit", `{"quotes":"${'\\"'.repeat(450_000)}"}`, "too_large"],
];

const DELIVERED: readonly [name: string, payload: string][] = [
  ["__proto__ and constructor keys", '{"probe":"proto","__proto__":{"x":1},"constructor":{"prototype":2}}'],
  ["keys that differ by case", '{"probe":"case","Key":1,"key":2,"KEY":3}'],
  ["a 900 KiB string", `{"probe":"large","text":"${"x".repeat(900 * 1024)}"}`],
  ["NaN", '{"probe":"nan","value":NaN}'],
  ["a lone surrogate", '{"probe":"surrogate","text":"\\ud800"}'],
  ["numbers that no double holds", '{"probe":"numbers","id":12345678901234567,"price":1.10,"huge":1e400}'],
  ["900 levels", `{"probe":"deep","nested":${deep(900)}}`],
];

describe("bad input", () => {
  const dir = temporaryFolder();
  let running: RunningLake;
  beforeAll(async () => {
    running = await startLake(dir, "--buffer-seconds", "1");
    const neighbours = Array.from({ length: 20 }, (_, n) => JSON.stringify({ probe: "neighbour", n }));
    const bad = [...REFUSED, ...DELIVERED].map(([, payload]) => payload);
    await running.put([...neighbours.slice(0, 10), ...bad, ...neighbours.slice(10)]);
    await running.until("SELECT count(*) AS n FROM quarantine", ([row]) => row?.n === String(REFUSED.length + 1));
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  test("what no event can be made of is quarantined with its code and its bytes", async () => {
    const rows = await running.query("SELECT code, payload, payload_location, payload_bytes FROM quarantine");
    const found = rows.map(({ code, payload_bytes }) => `${code} ${payload_bytes}`).sort();
    const expected = REFUSED.map(([, payload, code]) => `${code} ${Buffer.from(payload).length}`);
    const sample = "invalid_json 40"; // the malformed one among the samples
    expect(found).toEqual([...expected, sample].sort());
    for (const { payload, payload_location } of rows) expect(payload === null).toBe(payload_location !== null);
  });

  test("a payload too large for a row is an object in the lake bucket, whole", async () => {
    const [row] = await running.query("SELECT payload_location AS at FROM quarantine WHERE code = 'too_large'");
    const stored = readFileSync(join(dir, "s3", row?.at?.slice("s3://".length) ?? ""), "utf8");
    expect(stored).toBe(REFUSED.find(([, , code]) => code === "too_large")?.[1]);
  });

  test.each(DELIVERED)("%s: delivered", async (_, payload) => {
    const probe = /"probe":"(\w+)"/.exec(payload)?.[1];
    const rows = await running.query(
      `SELECT count(*) AS n FROM events WHERE json_extract_scalar(details, '$.probe') = '${probe}'`,
    );
    expect(rows).toEqual([{ n: "1" }]);
  });

  test("numbers come out as they went in", async () => {
    const [row] = await running.query(
      "SELECT details FROM events WHERE json_extract_scalar(details, '$.probe') = 'numbers'",
    );
    expect(row?.details).toContain('"id":12345678901234567,"price":1.10,"huge":1e400');
  });

  test("the events around them are untouched", async () => {
    const rows = await running.query(`SELECT count(*) AS n, count(DISTINCT json_extract_scalar(details, '$.n')) AS d
      FROM events WHERE json_extract_scalar(details, '$.probe') = 'neighbour'`);
    expect(rows).toEqual([{ n: "20", d: "20" }]);
  });
});
