import { spawn, spawnSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { remove, temporaryFolder } from "./support.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LOGIN = '{"acme":{"time":"2020-09-15T11:00:00Z","user":"Mo","action":"sign_in","result":"ok"}}\n';

describe("lake plugin, in a checkout of its own", () => {
  const checkout = temporaryFolder();
  const file = join(checkout, "plugins", "normalize", "acme.ts");

  function lake(args: readonly string[], input = "") {
    const command = [join("handlers", "cli", "lake.ts"), ...args];
    return spawnSync(process.execPath, command, { cwd: checkout, encoding: "utf8", input, timeout: 60_000 });
  }

  beforeAll(() => {
    for (const name of ["core", "handlers", "infra", "plugins", "cdk.json", "package.json"])
      cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"), "dir");
    expect(lake(["plugin", "new", "acme"]).status).toBe(0);
    expect(lake(["plugin", "new", "programs", "--kind", "enrich"]).status).toBe(0);
  });
  afterAll(() => remove(checkout));

  test.each([
    ["one that is there", "acme", /there is a plugin acme already; nothing was written/],
    ["a word of the language", "class", /class is no name/],
    ["another file", "../x", /is no name/],
    ["upper case", "Acme", /is no name/],
  ])("new refuses %s", (_, name, message) => {
    expect(lake(["plugin", "new", name])).toMatchObject({ status: 2, stderr: expect.stringMatching(message) });
  });

  test("new writes what the formatter would", () => {
    const written = ["plugins/normalize/acme.ts", "plugins/enrich/programs.ts", "test/plugins/acme.test.ts"];
    const args = ["check", "--config-path", ROOT, "--vcs-enabled=false", ...written];
    const { status, stdout, stderr } = spawnSync(join(ROOT, "node_modules", ".bin", "biome"), args, {
      cwd: checkout,
      encoding: "utf8",
    });
    expect({ status, output: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, output: "" });
  });

  test("test shows before and after, and the time it takes", () => {
    const { status, stdout } = lake(["plugin", "test", "acme"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/field +before +after/);
    expect(stdout).toMatch(/^ +user +mo$/m);
    expect(stdout).toMatch(/acme takes up to [\d.]+ µs an event/);
  });

  test("an example that does not hold is shown, with exit code 1", () => {
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('user: "mo", success: true', 'user: "jo", success: true'));
    for (const args of [["acme"], []]) {
      const { status, stdout } = lake(["plugin", "test", ...args]);
      expect(status).toBe(1);
      expect(stdout).toMatch(/^ +user +jo +mo$/m);
    }
    writeFileSync(file, text);
  });

  test("try shows what becomes of events from standard input, and what each plugin set and took", () => {
    const { status, stdout } = lake(["plugin", "try", "acme"], `${LOGIN}\n{"other":1}\n`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +summary +Mo: sign_in ok$/m);
    expect(stdout).toMatch(/→ +normalization_acme +[\d.]+ +utctimestamp|→ +normalization_acme +[\d.]+ +\w/);
    expect(stdout).toMatch(/acme ran on 1 of 2 events/);
  });

  test.each([
    ["throws", 'throw new Error("oops")', /normalization_acme failed: Error: oops/],
    ["does not come back", "for (;;);", /normalization_acme failed: .*did not come back/],
    ["drops the event", "return null", /dropped by normalization_acme/],
    ["would drop it", "return null", /normalization_acme would drop it \(COUNT mode\)/],
  ])("try tells of a plugin that %s", (name, statement, message) => {
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("const { details } = event;", `if (event.source) ${statement};\n    $&`));
    if (name === "would drop it")
      writeFileSync(file, readFileSync(file, "utf8").replace("priority:", 'dropMode: "count",\n  $&'));
    expect(lake(["plugin", "try", "acme"], LOGIN).stdout).toMatch(message);
    writeFileSync(file, text);
  });

  test.each([
    ["a plugin that is not there", ["plugin", "try", "nope"], /there is no plugin nope; there are .*okta/],
    ["a file that is not there", ["plugin", "try", "acme", "nope.ndjson"], /there is no file nope\.ndjson/],
    ["an empty file", ["plugin", "try", "acme"], /has no events in it/],
    ["geo without its setting", ["plugin", "try", "acme", "-c", "lake:geo=nope"], /lake:geo is "nope"/],
  ])("try refuses %s", (_, args, message) => {
    expect(lake(args)).toMatchObject({ status: 2, stderr: expect.stringMatching(message) });
  });

  test("try --watch runs the events again when the plugin's file changes, and says what is wrong with it", async () => {
    writeFileSync(join(checkout, "events.ndjson"), LOGIN);
    const args = ["handlers/cli/lake.ts", "plugin", "try", "acme", "events.ndjson", "--watch"];
    const child = spawn(process.execPath, args, { cwd: checkout });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    const shows = async (pattern: RegExp) => {
      for (let tries = 0; tries < 200 && !pattern.test(output); tries++) await sleep(50);
      expect(output).toMatch(pattern);
      output = "";
    };
    const ended = new Promise((resolve) => child.once("close", resolve));
    const text = readFileSync(file, "utf8");
    try {
      await shows(/summary +Mo: sign_in ok[\s\S]*watching plugins\/normalize\/acme\.ts/);
      writeFileSync(file, text.replace(/: (\$\{action\}) \$\{result\}/, " did $1"));
      await shows(/summary +Mo did sign_in[\s\S]*watching/);
      writeFileSync(file, "export default {");
      await shows(/✗[\s\S]*watching/);
    } finally {
      child.kill("SIGINT");
      await ended;
      writeFileSync(file, text);
    }
  });

  test("list is what plugins lists", () => {
    const { stdout } = lake(["plugin", "list"]);
    expect(stdout).toContain("normalization_acme");
    expect(lake(["plugins"]).stdout).toBe(stdout);
  });
});
