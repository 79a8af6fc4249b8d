import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { remove, temporaryFolder } from "./support.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What a checkout holds; packages are not copied. */
const CHECKOUT = [
  "core",
  "handlers",
  "infra",
  "plugins",
  "test",
  "cdk.json",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];

/** What needs an AWS account; the local lake runs the very bundle that it would deploy. */
const NOT_HERE = "```bash\nnpx cdk deploy\n```\n";

/** `npx` without its search, which asks the network. */
const NPX = `npx() {
  if [ "$1" = lake ]; then shift; "${process.execPath}" handlers/cli/lake.ts "$@"
  else tool="node_modules/.bin/$1"; shift; "$tool" "$@"; fi
}
set -e
`;

/** The README's chapters on plugins, and their code blocks in order. */
const [chapter = ""] =
  /^## Writing a plugin\n[\s\S]*?(?=^## )/m.exec(readFileSync(join(ROOT, "README.md"), "utf8")) ?? [];
const blocks = [...chapter.replace(NOT_HERE, "").matchAll(/^(?:(.*)\n\n)?```(\w+)\n([\s\S]*?)^```/gm)].map(
  ([, before = "", language, code = ""]) => ({
    before,
    language,
    code,
  }),
);

describe.skipIf(!chapter.includes("npx lake plugin new"))("the README's tutorial, word for word", () => {
  const checkout = temporaryFolder();
  let running: ChildProcess | undefined;

  beforeAll(() => {
    for (const name of CHECKOUT) cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"), "dir");
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => running?.once("close", resolve));
    if (running?.kill("SIGINT")) await ended;
    remove(checkout);
  });

  test.each(blocks)("$language: $code", async ({ before, language, code }) => {
    if (language === "ts") return writeFileSync(join(checkout, /`(.+)`/.exec(before)?.[1] ?? ""), code);
    if (code.includes("npx lake put")) running ??= await startHere();
    expect(run(code)).toMatchObject({ status: 0 });
  });

  test("what the tutorial put in the lake is found there", async () => {
    const query = blocks.flatMap(({ code }) => /^npx lake query .*/m.exec(code) ?? [])[0] ?? "";
    for (let tries = 0; tries < 40 && !run(query).output.includes("open at lab"); tries++) await sleep(250);
    const { output } = run(query);
    expect(output).toMatch(/mo@example\.com: open at lab +true/);
    expect(output).toMatch(/eve@example\.com: refused at vault +false/);
  });

  function run(script: string) {
    const { status, stdout, stderr } = spawnSync("bash", ["-c", NPX + script], { cwd: checkout, encoding: "utf8" });
    return { status, output: stdout + stderr };
  }

  /** The lake of the checkout, as `npm start` runs it, but on free ports. */
  async function startHere(): Promise<ChildProcess> {
    const options = ["up", "--port", "0", "--bulk-port", "0", "--buffer-seconds", "1", "--no-console"];
    const child = spawn(process.execPath, ["handlers/cli/lake.ts", ...options], { cwd: checkout, stdio: "ignore" });
    while (!existsSync(join(checkout, ".lake", "lake.json")) && child.exitCode === null) await sleep(100);
    return child;
  }
});
