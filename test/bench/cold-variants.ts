import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundle } from "../../infra/bundle.ts";

/** A function to start cold: its bundle and how large that is. */
export interface Variant {
  readonly name: "empty" | "plain" | "shipped";
  readonly file: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

const CONSUMER = fileURLToPath(new URL("../../handlers/consumer.ts", import.meta.url));
const SDK = fileURLToPath(new URL("./cold-sdk.ts", import.meta.url));

/**
 * Writes the three bundles that are compared: a handler that does nothing; the same consumer as esbuild bundles it unasked
 * (minified CommonJS) with the SDK's clients; and what is deployed.
 */
export async function writeVariants(dir: string): Promise<Variant[]> {
  const empty = join(dir, "empty", "index.js");
  mkdirSync(join(dir, "empty"));
  writeFileSync(empty, "exports.handler = async () => ({ batchItemFailures: [] });\n");
  writeFileSync(join(dir, "package.json"), '{"type":"commonjs"}\n');
  const plain = join(dir, "plain", "index.js");
  await build({
    entryPoints: [CONSUMER],
    outfile: plain,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "error",
    plugins: [
      {
        name: "sdk clients",
        setup({ onResolve }) {
          onResolve({ filter: /\/aws\/(firehose|s3)\.ts$/ }, () => ({ path: SDK }));
        },
      },
    ],
  });
  const shipped = bundle(CONSUMER, join(dir, "shipped")).file;
  return [variant("empty", empty), variant("plain", plain), variant("shipped", shipped)];
}

function variant(name: Variant["name"], file: string): Variant {
  return { name, file, bytes: statSync(file).size, gzipBytes: gzipSync(readFileSync(file)).length };
}
