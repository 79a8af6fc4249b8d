import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_WINDOW } from "../../core/partition.ts";
import { createPipeline } from "../../core/pipeline.ts";
import { lineOf } from "../../core/row.ts";
import { plugins } from "../../plugins/registry.ts";
import { lake, type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "handlers/cli/lake.ts");
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The code blocks of a language, in order. */
function blocks(language: string, text = README): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))].map(([, code = ""]) => code);
}

describe("the README", () => {
  test("shows the event that really comes out of the one that goes in", async () => {
    const [before = "", after = ""] = blocks("json");
    const { stdout } = await lake(["normalize", "--arrival", "2020-03-02T17:55:00Z"], before);
    const stored = JSON.parse(stdout);
    expect({ ...stored, details: JSON.parse(stored.details) }).toEqual(JSON.parse(after));
  });

  test("npx finds the command, whatever Node starts it", () => {
    const { status, stdout, stderr } = spawnSync("npx", ["lake", "--help"], { cwd: ROOT, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Usage: lake");
  });

  test("the plugin in it works as it stands", async () => {
    const [code = ""] = blocks("ts");
    const folder = mkdtempSync(join(ROOT, "test", "readme-"));
    try {
      writeFileSync(join(folder, "badge.ts"), code.replaceAll("../../core/", "../../core/"));
      const { default: badge } = await import(join(folder, "badge.ts"));
      const set = { ...plugins, normalize: [...plugins.normalize, badge] };
      const record = { stream: "s", shard: "0", sequence: "1", partitionKey: "", arrivalMs: 0 };
      for (const example of badge.examples) {
        const payload = Buffer.from(example.in);
        const [outcome] = createPipeline(set, DEFAULT_WINDOW).process({ ...record, payload }, 0);
        const row = outcome?.kind === "event" ? JSON.parse(lineOf(outcome.row)) : {};
        expect({ ...row, ...JSON.parse(row.details) }).toMatchObject(example.out);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe("commands", () => {
    const dir = temporaryFolder();
    let running: RunningLake;
    beforeAll(async () => {
      running = await startLake(dir, "--buffer-seconds", "1");
    });
    afterAll(async () => {
      await running?.kill("SIGINT");
      remove(dir);
    });

    // The chapter on plugins is run as a whole, in a checkout of its own: tutorial.test.ts.
    const commands = blocks("bash", README.replace(/^## Writing a plugin\n[\s\S]*?(?=^## )/m, ""))
      .flatMap((block) => block.trim().split("\n"))
      .filter((line) => /npx lake (put|query|normalize|plugins|drop|quarantine|redrive)/.test(line));

    test.each(commands)("%s", (command) => {
      const here = command.replace(/npx lake (put|query|drop|quarantine|redrive)/, `npx lake $1 --dir ${dir}`);
      const { status, stderr } = spawnSync("sh", ["-c", here.replace("npx lake", `${process.execPath} ${CLI}`)]);
      expect({ status, stderr: String(stderr) }).toMatchObject({ status: 0 });
    });
  });
});
