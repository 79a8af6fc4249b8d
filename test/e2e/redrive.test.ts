import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idOf } from "../../core/identity.ts";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

const SHARD = "shardId-000000000000";

describe("redrive", () => {
  const dir = temporaryFolder();
  let running: RunningLake;
  beforeAll(async () => {
    running = await startLake(dir, "--buffer-seconds", "1");
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  const redrive = async (...args: string[]) => {
    const { code, stdout, stderr } = await lake(["redrive", "--json", "--dir", dir, ...args]);
    return { code, counts: JSON.parse(stdout || "null"), stderr };
  };

  test("lake quarantine counts by hour and code, and shows one payload without its escapes taking effect", async () => {
    await running.put(["\u001b[31mred", '[1, {"probe":"neighbor"}]']);
    await running.until("SELECT count(*) AS n FROM quarantine", ([row]) => Number(row?.n) === 3); // with the sample
    const { stdout, stderr } = await lake(["quarantine", "--json", "--dir", dir]);
    const rows = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    const counts = rows.map(({ code, entries }) => `${entries} ${code}`);
    expect(counts).toEqual(["2 invalid_json", "1 not_an_object"]);
    expect(stderr).toContain("lake: local");

    const [row] = await running.query("SELECT quarantineid AS id FROM quarantine WHERE message LIKE '%red%'");
    const shown = await lake(["quarantine", "--payload", row?.id ?? "", "--dir", dir]);
    expect(shown.stdout).toBe("\\u001b[31mred\n");
    const raw = await lake(["quarantine", "--raw", "--payload", row?.id ?? "", "--dir", dir]);
    expect(raw.stdout).toBe("\u001b[31mred");
  });

  test("what is quarantined again keeps its id: redriven twice, it is one entry", async () => {
    const before = await running.query("SELECT quarantineid AS id FROM quarantine ORDER BY 1");
    expect(await redrive("--dry-run")).toMatchObject({ code: 0, counts: { found: 3, put: 3, records: 0 } });
    expect(await redrive("--only", "quarantine")).toMatchObject({ code: 0, counts: { put: 3, records: 3 } });
    expect((await redrive()).counts).toMatchObject({ found: 3, put: 0, skipped: 3 });
    expect((await redrive("--again", "--code", "invalid_json")).counts).toMatchObject({ found: 2, put: 2 });

    await running.until("SELECT count(*) AS n FROM quarantine", ([row]) => row?.n === String(3 + 3 + 2));
    expect(await running.query("SELECT DISTINCT quarantineid AS id FROM quarantine ORDER BY 1")).toEqual(before);
    const events = await running.query("SELECT count(*) AS n FROM events WHERE details LIKE '%_lake%'");
    expect(events).toEqual([{ n: "0" }]);
  });

  test("records that Lambda gave up become the events they would have been, each once for events_unique", async () => {
    const { StreamName = "", LakeBucket = "" } = running.outputs;
    const arrival = Math.floor(Date.now() / 1000) - 60;
    const payloads = [
      { probe: "given up", n: 0 },
      [
        { probe: "given up", n: 1 },
        { probe: "given up", n: 2 },
      ],
    ];
    const Records = payloads.map((payload, i) => ({
      kinesis: {
        partitionKey: "key",
        sequenceNumber: `${7 + i}`,
        data: Buffer.from(JSON.stringify(payload)).toString("base64"),
        approximateArrivalTimestamp: arrival,
      },
      eventID: `${SHARD}:${7 + i}`,
      eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`,
    }));
    const Body = JSON.stringify({ KinesisBatchInfo: { batchSize: 2 }, payload: JSON.stringify({ Records }) });
    const Key = `aws/lambda/0a1b/${SHARD}/2026/11/24/2026-11-24T07.05.00-9c`;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const s3 = new S3Client({ endpoint: running.endpoint, region: "us-east-1", credentials });
    await s3.send(new PutObjectCommand({ Bucket: LakeBucket, Key, Body }));

    const given = ["--only", "failures"];
    expect((await redrive(...given)).counts).toMatchObject({ found: 1, put: 1, records: 2 });
    expect((await redrive(...given, "--again")).counts).toMatchObject({ put: 1, records: 2 });
    const place = { stream: StreamName, shard: SHARD, subsequence: 0 };
    const ids = [
      { sequence: "7", index: 0 },
      { sequence: "8", index: 0 },
      { sequence: "8", index: 1 },
    ].map((position) => idOf({ ...place, ...position }));
    const given_up = "json_extract_scalar(details, '$.probe') = 'given up'";
    await running.until(`SELECT count(*) AS n FROM events WHERE ${given_up}`, ([row]) => row?.n === "6");
    const unique = await running.query(`SELECT eventid, utctimestamp AS t FROM events_unique WHERE ${given_up}
      ORDER BY json_extract_scalar(details, '$.n')`);
    const t = `${new Date(arrival * 1000).toISOString().slice(0, 19)}+00:00`;
    expect(unique).toEqual(ids.map((eventid) => ({ eventid, t })));
  });

  test("mistakes end with code 2 and the next step", async () => {
    expect(await redrive("--from", "noon")).toMatchObject({ code: 2, stderr: expect.stringContaining("is no time") });
    expect(await redrive("--code", "x", "--only", "failures")).toMatchObject({ code: 2 });
  });
});
