import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

/** Debian's awscli when it is there, else whichever is on the path. */
const AWS = ["/usr/bin/aws", "aws"].find((aws) => spawnSync(aws, ["--version"]).status === 0);
if (!AWS) console.log("aws-cli: skipped, because no aws CLI is installed (apt-get install awscli)");

describe.skipIf(!AWS)("the aws CLI", () => {
  const dir = temporaryFolder();
  let running: RunningLake;
  beforeAll(async () => {
    running = await startLake(dir, "--buffer-seconds", "1");
  });
  afterAll(async () => {
    await running?.kill("SIGINT");
    remove(dir);
  });

  function aws(...args: string[]): string {
    const env = {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_DEFAULT_REGION: "us-east-1",
    };
    const { status, stdout, stderr } = spawnSync(AWS ?? "", ["--endpoint-url", running.endpoint, ...args], { env });
    if (status !== 0) throw new Error(String(stderr));
    return String(stdout);
  }

  test("puts events with kinesis put-records, and they come out of a query", async () => {
    const records = [0, 1, 2].map((n) => ({
      Data: Buffer.from(JSON.stringify({ probe: "awscli", n })).toString("base64"),
      PartitionKey: `key-${n}`,
    }));
    const file = join(dir, "records.json");
    writeFileSync(file, JSON.stringify(records));
    const isV1 = spawnSync(AWS ?? "", ["--version"])
      .stdout.toString()
      .startsWith("aws-cli/1");
    const format = isV1 ? [] : ["--cli-binary-format", "base64"];
    const put = aws(
      ...format,
      "kinesis",
      "put-records",
      "--stream-name",
      running.outputs.StreamName ?? "",
      "--records",
      `file://${file}`,
    );
    expect(JSON.parse(put)).toMatchObject({ FailedRecordCount: 0 });
    const sql = "SELECT count(*) AS n FROM events WHERE json_extract_scalar(details, '$.probe') LIKE '%awscli%'";
    await running.until(sql, ([row]) => row?.n === "3");
  });

  test("lists and reads the lake's objects with s3", () => {
    const bucket = running.outputs.LakeBucket ?? "";
    expect(aws("s3", "ls")).toContain(bucket);
    expect(aws("s3", "ls", "--recursive", `s3://${bucket}/events/`)).toMatch(/\.json\.gz/);
  });
});
