import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const KINDS = ["normalize", "enrich"] as const;

/**
 * Writes `plugins/registry.ts` from the folders `plugins/normalize` and `plugins/enrich`, so that adding a plugin edits
 * no other file. Every command that bundles or runs plugins calls it first; it writes only when something changed.
 *
 * @param root the folder that holds `plugins`
 */
export function writeRegistry(root: string = ROOT): void {
  const file = join(root, "plugins", "registry.ts");
  const text = registryText(root);
  if (readIfThere(file) !== text) writeFileSync(file, text);
}

function registryText(root: string): string {
  const version = createHash("sha256");
  const imports: string[] = [];
  const lists = KINDS.map((kind) => {
    const folder = join(root, "plugins", kind);
    const names = readdirSync(folder).flatMap((file) => /^([a-z][a-z0-9_]*)\.ts$/.exec(file)?.[1] ?? []);
    for (const name of names.sort()) {
      imports.push(`import ${name} from "./${kind}/${name}.ts";`);
      version.update(`${kind}/${name}\0`).update(readFileSync(join(folder, `${name}.ts`)));
    }
    return `  ${kind}: [${names.join(", ")}],`;
  });
  return [
    "// Written by infra/registry.ts from the folders beside it. Do not edit: add a file there instead.",
    'import type { PluginSet } from "../core/order.ts";',
    ...imports.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1)),
    "",
    "export const plugins: PluginSet = {",
    ...lists,
    `  version: "${version.digest("hex").slice(0, 12)}",`,
    "};",
    "",
  ].join("\n");
}

function pathOf(line: string): string {
  return line.slice(line.indexOf('"'));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
