import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

export interface Bundle {
  /** Path of the one JavaScript file, `index.js`. */
  file: string;
  /** Size of that file; what a cold start has to read and compile. */
  bytes: number;
}

/**
 * Bundles a handler and all it imports, the AWS SDK included, into `outDir/index.js`.
 *
 * The output is CommonJS for Node 24 and depends on nothing but the sources: the same content gives the same bytes. The
 * `package.json` beside it says CommonJS, so that the folder also loads in place, inside this repository of ES modules.
 *
 * No compiled code is shipped with it: V8 takes it only from its own version, and Lambda's changes by itself. Node's compile
 * cache would save a quarter of the import (npm run bench:cold), but each new environment begins with an empty disk.
 *
 * @param entry path of the TypeScript file that exports `handler`
 * @param outDir folder to write to; it is created
 * @throws {Error} esbuild's own, naming file and line: a source does not parse, or an import is not found
 */
export function bundle(entry: string, outDir: string): Bundle {
  const file = join(outDir, "index.js");
  buildSync({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // The ES module build of a package first: it can be tree-shaken, which makes a bundle a quarter smaller.
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    logLevel: "silent",
    // CommonJS has no import.meta: whatever reads it would fail when it runs, so it fails here.
    logOverride: { "empty-import-meta": "error" },
  });
  writeFileSync(join(outDir, "package.json"), '{"type":"commonjs"}\n');
  return { file, bytes: statSync(file).size };
}
