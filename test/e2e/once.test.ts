import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { lake, remove, temporaryFolder } from "./support.ts";

describe("lake up --once", () => {
  const dir = temporaryFolder();
  afterAll(() => remove(dir));
  const options = ["up", "--once", "--dir", dir, "--port", "0", "--bulk-port", "0", "--buffer-seconds", "1"];

  test("takes the samples from the stream to SQL, accounts for each, and ends", async () => {
    const { code, stdout, stderr } = await lake(options);
    expect(stderr).toContain("15 events = 14 delivered + 1 quarantined + 0 dropped by a plugin");
    expect(stderr).toMatch(/events\/year=\d{4}\/month=\d{2}\/day=\d{2}\/hour=\d{2}\/ {2}\d+ events/);
    expect(stdout).toMatch(/alice +203\.0\.113\.7 +Success/);
    expect(code).toBe(0);
    expect(existsSync(join(dir, "lake.json"))).toBe(false);
  });

  test("stored objects are gzip NDJSON in Hive folders, one event a line, details a JSON string", () => {
    const objects = globSync(`${dir}/s3/*/events/year=*/month=*/day=*/hour=*/*.json.gz`);
    expect(objects.length).toBeGreaterThan(1);
    const rows = objects.flatMap((file) => gunzipSync(readFileSync(file)).toString().trimEnd().split("\n"));
    expect(rows).toHaveLength(14);
    for (const row of rows) {
      const { details, tags } = JSON.parse(row);
      expect(typeof JSON.parse(details)).toBe("object");
      expect(Array.isArray(tags)).toBe(true);
    }
  });

  test("a second run sends nothing again and still finds each sample once", async () => {
    const { code, stderr } = await lake(options);
    expect(stderr).toContain("nothing is sent again");
    expect(stderr).toContain("14 delivered + 1 quarantined");
    expect(code).toBe(0);
  });
});

describe("mistakes", () => {
  test.each([
    ["a port that is no number", ["up", "--port", "http"], "--port http is no whole number"],
    ["an unknown option", ["up", "--frehs"], "unknown option '--frehs'"],
    ["a folder that is no lake's is not emptied", ["up", "--fresh", "--dir", "core"], "core holds no lake"],
    ["a file that is not there", ["put", "nowhere.ndjson"], "nowhere.ndjson is no file that can be read"],
    ["an arrival that is no time", ["normalize", "--arrival", "noon"], "--arrival noon is no time"],
  ])("%s: exit code 2 and the next step", async (_, args, message) => {
    const { code, stderr } = await lake(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
