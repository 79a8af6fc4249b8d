import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

const GEO = createRequire(import.meta.url).resolve(
  "@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb",
);

const EVENT = '{"src":"8.8.8.8","dst":"169.254.169.254","user":"mo"}';

describe("a lake with lake:geo and lake:lookups", () => {
  const dir = temporaryFolder();
  const table = join(dir, "people.csv");
  const settings = ["-c", `lake:geo=${GEO}`, "-c", `lake:lookups=${table},s3://lists/threats.ndjson`];
  let running: RunningLake;

  beforeAll(async () => {
    writeFileSync(table, "match,tag,owner\nmo,vip,payments\n");
    running = await startLake(join(dir, "lake"), "--buffer-seconds", "1", "--no-console", ...settings);
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const { endpoint } = running;
    const s3 = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
    const Body = '{"match":"8.8.8.0/24","tag":"threat","severity":"CRITICAL"}\n';
    await s3.send(new CreateBucketCommand({ Bucket: "lists" }));
    await s3.send(new PutObjectCommand({ Bucket: "lists", Key: "threats.ndjson", Body }));
    await running.put([EVENT]);
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  const QUERY = `SELECT eventid, severity, array_join(tags, ',') AS tags, details FROM events
    WHERE json_extract_scalar(details, '$.sourceipaddress') = '8.8.8.8'`;

  test("enriches with the file of its bundle and the object of its bucket", async () => {
    const [row] = await running.until(QUERY, (rows) => rows.length > 0);
    expect(row).toMatchObject({ severity: "CRITICAL", tags: "threat,vip" });
    expect(JSON.parse(row?.details ?? "")).toMatchObject({
      ...{ sourcescope: "public", destinationscope: "metadata", sourcegeo: { country: "US" } },
      _lookups: [
        { table: "threats", value: "8.8.8.8", tag: "threat", severity: "CRITICAL" },
        { table: "people", value: "mo", tag: "vip", owner: "payments" },
      ],
    });
  });

  test("a replay finds what the consumer found: nothing would change", async () => {
    await running.until(QUERY, (rows) => rows.length > 0);
    const period = ["--from", new Date(Date.now() - 600_000).toISOString(), "--to", new Date().toISOString()];
    const { stdout, code } = await lake(["replay", ...period, "--diff", "--json", "--dir", join(dir, "lake")]);
    const { total } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect([code, total.changed]).toEqual([0, 0]);
  });

  test("lake normalize does the same without a lake", async () => {
    const { stdout } = await lake(["normalize", "-c", `lake:geo=${GEO}`, "-c", `lake:lookups=${table}`], EVENT);
    const { tags, details } = JSON.parse(stdout);
    expect(tags).toEqual(["vip"]);
    expect(JSON.parse(details)).toMatchObject({ sourcegeo: { country: "US" } });
  });

  test.each([
    ["a setting that is none", ["-c", "lake:geoo=x"], 2, /lake:geoo is no setting/],
    ["no setting at all", ["-c", "geo"], 2, /-c geo is no setting; write it as lake:<setting>=<value>/],
    ["a file that is not there", ["-c", "lake:lookups=nothing.csv"], 1, /enrich: nothing\.csv cannot be used/],
  ])("lake normalize refuses %s", async (_, options, exit, message) => {
    const { code, stderr } = await lake(["normalize", ...options], EVENT);
    expect(code).toBe(exit);
    expect(stderr).toMatch(message);
  });
});
