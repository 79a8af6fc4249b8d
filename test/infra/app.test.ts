import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lake-app-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Synthesizes as the local lake does: this file alone, without the CDK CLI, and without anything else on the path. */
function synthesize(outdir: string, context: Record<string, unknown> = {}) {
  const env = { CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), PATH: folder, HOME: folder };
  return run(process.execPath, ["infra/app.ts"], { cwd: ROOT, env });
}

describe("node infra/app.ts", () => {
  test("synthesizes without CLI or Docker, says nothing, and leaves the bundle beside the template", async () => {
    const outdir = join(folder, "standard");
    const { stdout, stderr } = await synthesize(outdir);
    expect(stdout + stderr).toBe("");
    const template = Template.fromJSON(JSON.parse(readFileSync(join(outdir, "DefendaDataLake.template.json"), "utf8")));
    const [handler] = Object.values(template.findResources("AWS::Lambda::Function"));
    const asset: string = handler?.Properties.Code.S3Key;
    expect(existsSync(join(outdir, `asset.${asset.replace(".zip", "")}`, "index.js"))).toBe(true);
  });

  test("a bad setting is named and nothing is synthesized", async () => {
    const outdir = join(folder, "refused");
    await expect(synthesize(outdir, { "lake:partitionBy": "day" })).rejects.toThrow(/lake:partitionBy is "day"/);
    expect(existsSync(join(outdir, "DefendaDataLake.template.json"))).toBe(false);
  });
});
