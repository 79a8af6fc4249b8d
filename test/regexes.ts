import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vitest/node";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Found {
  readonly file: string;
  readonly regex: RegExp;
}

/** Every regular expression of the folders' files: the literals, and those that are made of texts when a file is loaded. */
export function regexesIn(...folders: readonly string[]): Found[] {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("scanner")) // AssemblyScript, which has none
      .map((file) => join(folder, file)),
  );
  return [...files.flatMap(literalsIn), ...constructedBy(files)];
}

function literalsIn(file: string): Found[] {
  const code = stripTypeScriptTypes(readFileSync(join(ROOT, file), "utf8"));
  const found: Found[] = [];
  visit(parseAst(code), (node) => {
    if (node.type !== "Literal" || typeof node.regex !== "object" || node.regex === null) return;
    const { pattern, flags }: { pattern?: unknown; flags?: unknown } = node.regex;
    found.push({ file, regex: new RegExp(String(pattern), String(flags)) });
  });
  return found;
}

function visit(node: unknown, see: (node: Record<string, unknown>) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) see(Object(node));
  for (const child of Object.values(node)) visit(child, see);
}

/** Loads the files in a process of its own whose RegExp tells what it is called with, and from which of them. */
const TELL = `
const made = [];
globalThis.RegExp = new Proxy(RegExp, {
  construct(target, args) {
    const regex = new target(...args);
    made.push([new Error().stack.split("\\n")[2] ?? "", regex.source, regex.flags]);
    return regex;
  },
});
for (const file of FILES) await import(file);
console.log(JSON.stringify(made));
`;

/** Without those that packages make for themselves. */
function constructedBy(files: readonly string[]): Found[] {
  const urls = files.map((file) => new URL(`../${file}`, import.meta.url).href);
  const script = TELL.replace("FILES", JSON.stringify(urls));
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const made: [string, string, string][] = JSON.parse(output);
  return made.flatMap(([caller, source, flags]) => {
    const file = files.find((name, i) => caller.includes(urls[i] ?? name));
    return file === undefined ? [] : [{ file, regex: new RegExp(source, flags) }];
  });
}
