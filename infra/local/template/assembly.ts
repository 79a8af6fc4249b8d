import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Json, JsonObject } from "../service.ts";

/** The parts of a synthesized cloud assembly (`cdk.out`) that running it here needs. */
export interface Assembly {
  readonly stackName: string;
  readonly template: JsonObject;
  /** Where each file asset lies on this machine, by the object key it would be uploaded under. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Reads a cloud assembly: its manifest, the template of its one stack, and its asset manifests.
 *
 * @param directory the output folder of `cdk synth` or of `App.synth()`
 * @throws Error when the folder holds no assembly, or not exactly one stack
 */
export function readAssembly(directory: string): Assembly {
  const artifacts = Object.entries(objectAt(readJson(join(directory, "manifest.json")), "artifacts"));
  const stacks = artifacts.filter(([, artifact]) => asObject(artifact).type === "aws:cloudformation:stack");
  const [stack] = stacks;
  if (!stack || stacks.length > 1) {
    const names = stacks.map(([name]) => name).join(", ");
    throw new Error(`template: ${directory} holds ${stacks.length} stacks (${names}); exactly one runs here`);
  }
  const properties = objectAt(asObject(stack[1]), "properties");
  return {
    stackName: String(properties.stackName ?? stack[0]),
    template: readJson(join(directory, String(properties.templateFile))),
    assets: readAssets(directory, artifacts),
  };
}

function readAssets(directory: string, artifacts: [string, Json | undefined][]): Map<string, string> {
  const assets = new Map<string, string>();
  for (const [, artifact] of artifacts) {
    if (asObject(artifact).type !== "cdk:asset-manifest") continue;
    const manifest = readJson(join(directory, String(objectAt(asObject(artifact), "properties").file)));
    for (const file of Object.values(objectAt(manifest, "files"))) addAsset(assets, directory, asObject(file));
  }
  return assets;
}

function addAsset(assets: Map<string, string>, directory: string, file: JsonObject): void {
  const path = resolve(directory, String(objectAt(file, "source").path));
  for (const destination of Object.values(objectAt(file, "destinations"))) {
    assets.set(String(asObject(destination).objectKey), path);
  }
}

/**
 * The folder of a Lambda function's bundle.
 *
 * @param code the function's resolved `Code` property
 * @throws Error when the code is inline, or its asset is not a folder of this assembly
 */
export function bundleDirectory(assembly: Assembly, logicalId: string, code: Json | undefined): string {
  const key = asObject(code).S3Key;
  const path = typeof key === "string" ? assembly.assets.get(key) : undefined;
  if (path === undefined) {
    throw new Error(`template: the code of ${logicalId} is no asset of the assembly; only bundled functions run here`);
  }
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`template: the code of ${logicalId} is not a folder: ${path}; run the synthesis again`);
  }
  return path;
}

/** The value as an object; anything else, absent included, is an empty one. */
export function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

function objectAt(value: JsonObject, key: string): JsonObject {
  return asObject(value[key]);
}

function readJson(file: string): JsonObject {
  try {
    return asObject(JSON.parse(readFileSync(file, "utf8")) as Json);
  } catch (cause) {
    throw new Error(`template: ${file} cannot be read; synthesize the stack first (npx cdk synth)`, { cause });
  }
}
