import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

/** An hour ago, so that everything is inside the window whenever the test runs. */
const TIME = new Date(Date.now() - 3_600_000);
const ISO = TIME.toISOString();
const [YEAR, MONTH, DAY, HOUR] = [ISO.slice(0, 4), ISO.slice(5, 7), ISO.slice(8, 10), ISO.slice(11, 13)];

describe("a running lake", () => {
  const dir = temporaryFolder();
  let running: RunningLake;
  beforeAll(async () => {
    running = await startLake(dir, "--buffer-seconds", "1");
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  test("both of the seed's sample queries run as its README has them", async () => {
    const event = { eventTime: ISO, eventName: "ConsoleLogin", sourceIPAddress: "7.1.14.12" };
    await running.put([JSON.stringify({ source: "cloudtrail", utctimestamp: ISO, details: event })]);
    const hour = `year='${YEAR}'\n            AND month='${MONTH}'\n            AND day='${DAY}'\n            AND hour='${HOUR}'`;
    const logins = `SELECT utctimestamp,
         summary,
         source,
         details

FROM "defenda_data_lake"."events"
    where
    source='cloudtrail' AND json_extract_scalar(details,'$.eventname') = 'ConsoleLogin'
    AND (
            (${hour})
            OR
            (year='2020'
            AND month='06'
            AND day='19'
            AND hour='00')
    )
    limit 100`;
    const isOurs = ({ details }: Record<string, string | null>) => details?.includes("7.1.14.12") === true;
    const rows = await running.until(logins, (found) => found.some(isOurs));
    expect(JSON.parse(rows.find(isOurs)?.details ?? "")).toMatchObject({ eventname: "ConsoleLogin" });
    const address = `SELECT utctimestamp, summary, source, details, tags FROM defenda_data_lake.events
    where
        source ='cloudtrail'
    AND json_array_contains(json_extract(details,'$._ipaddresses'),'7.1.14.12')
    AND ${hour}
    LIMIT 100;`;
    expect(await running.query(address)).toHaveLength(1);
  });

  test("lake put sends a file, and the events are in the hour they happened", async () => {
    const file = join(dir, "events.ndjson");
    const lines = Array.from({ length: 700 }, (_, n) => JSON.stringify({ probe: "file", n, eventTime: ISO }));
    writeFileSync(file, `${lines.join("\n")}\n\n`);
    const { code, stdout } = await lake(["put", "--json", "--dir", dir, file]);
    expect(JSON.parse(stdout)).toMatchObject({ records: 700 });
    expect(code).toBe(0);
    const count = `SELECT count(*) AS n, count(DISTINCT eventid) AS ids FROM events
      WHERE json_extract_scalar(details, '$.probe') = 'file' AND hour = '${HOUR}' AND day = '${DAY}'`;
    expect(await running.until(count, ([row]) => row?.n === "700")).toEqual([{ n: "700", ids: "700" }]);
  });

  test("the same payload put twice is two events in the hour of its own time", async () => {
    const payload = JSON.stringify({ probe: "twice", time: ISO });
    await running.put([payload]);
    await running.put([payload]);
    const hours = `SELECT hour, count(DISTINCT eventid) AS n FROM events
      WHERE json_extract_scalar(details, '$.probe') = 'twice' GROUP BY hour`;
    const rows = await running.until(hours, ([row]) => row?.n === "2");
    expect(rows).toEqual([{ hour: HOUR, n: "2" }]);
  });

  test("lake query prints a table, JSON lines or CSV, and says which lake it asked", async () => {
    const ask = (...options: string[]) =>
      lake(["query", "--dir", dir, ...options, `SELECT 1 AS n, NULL AS nothing, 'a "b"' AS t`]);
    expect((await ask()).stdout).toMatch(/^n +nothing +t\n─+ .*\n1 +a "b"\n$/);
    expect(JSON.parse((await ask("--json")).stdout)).toEqual({ n: "1", nothing: null, t: 'a "b"' });
    const { stdout, stderr, code } = await ask("--csv");
    expect(stdout).toBe('"n","nothing","t"\n"1",,"a ""b"""\n');
    expect(stderr).toContain(`lake: local, ${running.endpoint}`);
    expect(code).toBe(0);
  });

  test("a query that fails says why, with exit code 1", async () => {
    const { code, stderr } = await lake(["query", "--dir", dir, "SELECT nowhere FROM events"]);
    expect(stderr).toContain("nowhere");
    expect(code).toBe(1);
  });

  test("a second lake in the same folder says who has it", async () => {
    const { code, stderr } = await lake(["up", "--dir", dir, "--port", "0"]);
    expect(stderr).toContain(`a lake runs in ${dir} already, at ${running.endpoint}`);
    expect(code).toBe(2);
  });

  test("a taken port says which and what to do", async () => {
    const other = temporaryFolder();
    const port = new URL(running.endpoint).port;
    const { code, stderr } = await lake(["up", "--once", "--dir", other, "--port", port, "--bulk-port", "0"]);
    remove(other);
    expect(stderr).toMatch(new RegExp(`${port}.*--port`, "s"));
    expect(code).toBe(1);
  });
});

describe("kill -9", () => {
  const dir = temporaryFolder();
  afterAll(() => remove(dir));

  test("between put and delivery: after a restart every event is there exactly once", async () => {
    const first = await startLake(dir, "--buffer-seconds", "3");
    const events = Array.from({ length: 500 }, (_, n) => JSON.stringify({ probe: "killed", n, eventTime: ISO }));
    await first.put(events.slice(0, 250));
    await first.until("SELECT count(*) AS n FROM events", ([row]) => row?.n !== undefined); // the consumer is at work
    await first.put(events.slice(250));
    await first.kill("SIGKILL");

    const second = await startLake(dir, "--buffer-seconds", "1");
    const count = `SELECT count(DISTINCT eventid) AS ids, count(DISTINCT json_extract_scalar(details, '$.n')) AS n
      FROM events WHERE json_extract_scalar(details, '$.probe') = 'killed'`;
    const rows = await second.until(count, ([row]) => row?.ids === "500");
    expect(rows).toEqual([{ ids: "500", n: "500" }]);
    expect(await second.kill("SIGINT")).toBe(0);
  });
});
