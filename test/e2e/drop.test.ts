import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

const TIME = new Date(Date.now() - 3_600_000).toISOString();

describe("files dropped into the bucket", () => {
  const dir = temporaryFolder();
  let running: RunningLake;
  beforeAll(async () => {
    running = await startLake(dir, "--buffer-seconds", "1");
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  async function drop(name: string, content: string | Uint8Array, prefix = "files/"): Promise<void> {
    const file = join(dir, name);
    writeFileSync(file, content);
    const { code, stderr } = await lake(["drop", "--dir", dir, "--prefix", prefix, file]);
    if (code !== 0) throw new Error(stderr);
  }

  const counted = (probe: string) => `SELECT source, count(*) AS n, count(DISTINCT eventid) AS ids FROM events
    WHERE json_extract_scalar(details, '$.probe') = '${probe}' GROUP BY source`;

  const events = (probe: string, count: number) =>
    Array.from({ length: count }, (_, n) => JSON.stringify({ probe, n, text: 'a "}{" within', time: TIME }));

  test("gzip NDJSON: every row is there once", async () => {
    await drop("events.ndjson.gz", gzipSync(events("ndjson", 5000).join("\n")));
    const rows = await running.until(counted("ndjson"), ([row]) => row?.n === "5000");
    expect(rows).toEqual([{ source: "s3json", n: "5000", ids: "5000" }]);
  });

  test("a CloudTrail file: its records, with their source and their numbers as they were written", async () => {
    const records = Array.from(
      { length: 500 },
      (_, n) => `{"probe":"trail","n":${n},"id":12345678901234567,"cost":1.10}`,
    );
    const key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/24/";
    await drop("trail.json.gz", gzipSync(`{"Records":[${records.join(",")}]}`), key);
    const rows = await running.until(counted("trail"), ([row]) => row?.n === "500");
    expect(rows).toEqual([{ source: "cloudtrail", n: "500", ids: "500" }]);
    const [row] = await running.query(
      "SELECT details FROM events WHERE json_extract_scalar(details, '$.probe') = 'trail' LIMIT 1",
    );
    expect(row?.details).toContain('"id":12345678901234567,"cost":1.10');
  });

  test("documents one after another, one of them broken: the others are there, it is quarantined with its bytes", async () => {
    const documents = events("concatenated", 300);
    await drop("concatenated.json", [...documents.slice(0, 150), '{"broken": ', ...documents.slice(150)].join("\n"));
    const rows = await running.until(counted("concatenated"), ([row]) => row?.n === "300");
    expect(rows).toEqual([{ source: "s3json", n: "300", ids: "300" }]);
    const refused = await running.query("SELECT code, stream, payload FROM quarantine WHERE stream LIKE 's3://%'");
    expect(refused).toEqual([
      {
        code: "invalid_json",
        stream: `s3://${running.outputs.DropBucket}/files/concatenated.json`,
        payload: Buffer.from('{"broken":').toString("base64"),
      },
    ]);
  });

  test("the same object dropped twice: its events are stored again, and are the same events", async () => {
    const content = events("again", 50).join("\n");
    await drop("again.ndjson", content);
    await running.until(counted("again"), ([row]) => row?.n === "50");
    await drop("again.ndjson", content);
    const rows = await running.until(counted("again"), ([row]) => row?.n === "100");
    expect(rows).toEqual([{ source: "s3json", n: "100", ids: "50" }]);
  });

  test("what no reader knows is quarantined by reference, and stays in the bucket", async () => {
    await drop("picture.png", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]));
    const where = "stream LIKE '%picture.png' OR code = 'unreadable_object'";
    const rows = await running.until(`SELECT code FROM quarantine WHERE ${where}`, ([row]) => row !== undefined);
    expect(rows).toEqual([{ code: "unreadable_object" }]);
  });
});
