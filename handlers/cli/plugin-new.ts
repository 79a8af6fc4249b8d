import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { enrichmentFiles, type Files, sourceFiles } from "./plugin-files.ts";
import { loadPlugins } from "./registry.ts";
import { paint, say, UsageError } from "./terminal.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The name is a file's, a source's and a variable's. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** Words that no variable may be named. */
const RESERVED = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
  finally for function if implements import in instanceof interface let new null package private protected public return
  static super switch this throw true try typeof var void while with yield plugins`.split(/\s+/),
);

/** `lake plugin new`: a plugin, its fixture and its test, which pass at once. */
export function pluginNewCommand(): Command {
  return new Command("new")
    .description("write a plugin with its fixture and its test, which pass as they are")
    .argument("<name>", "the source that it is for, in lower case: badge")
    .addOption(
      new Option("--kind <kind>", "normalize: for a source; enrich: for events of any source")
        .choices(["normalize", "enrich"])
        .default("normalize"),
    )
    .addHelpText("after", "\nExample:\n  lake plugin new badge && lake plugin test badge")
    .action(writePlugin);
}

async function writePlugin(name: string, { kind }: { kind: string }): Promise<void> {
  if (!NAME.test(name) || RESERVED.has(name))
    throw new UsageError(`plugin new: ${name} is no name; use lower-case letters, digits and _, 40 at most`);
  const { normalize, enrich } = await loadPlugins();
  if ([...normalize, ...enrich].some((plugin) => plugin.name === name))
    throw new UsageError(`plugin new: there is a plugin ${name} already; nothing was written`);
  const files = kind === "enrich" ? enrichmentFiles(name) : sourceFiles(name);
  const there = Object.keys(files).filter((file) => existsSync(join(ROOT, file)));
  if (there.length > 0) throw new UsageError(`plugin new: ${there.join(", ")} is there already; nothing was written`);
  write(files);
  await loadPlugins(); // writes the registry
  for (const file of Object.keys(files)) say(`${paint("green", "✓")} ${file}`);
  say(`\nNext:\n  npx lake plugin test ${name}\n  npx vitest run test/plugins/${name}.test.ts`);
}

function write(files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), text, { flag: "wx" });
  }
}
