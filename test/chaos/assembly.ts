import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../infra/bundle.ts";
import { PLACE } from "../../infra/local/lake.ts";
import { synthesize } from "../../infra/local/synth.ts";
import { readTemplate } from "../../infra/local/template.ts";
import { writeRegistry } from "../../infra/registry.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A change to the consumer's source that must make the suite fail: a text that occurs once in a file, and another. */
export interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface AssemblyOptions {
  /** A synthesized assembly to copy; unless said, it is synthesized now. */
  readonly base?: string | undefined;
  readonly mutation?: Mutation | undefined;
  /** How long an environment of the consumer lives, [least, most] milliseconds; for ever unless said. */
  readonly lives?: readonly [number, number] | undefined;
}

/** An assembly whose consumer can be harmed. */
export interface ChaosAssembly {
  /** For the lake's option of this name. */
  readonly assembly: string;
  readonly consumer: string;
  /** The consumer's bundle, where the plugin leaves its notes (plugin.ts). */
  readonly bundle: string;
}

/**
 * What the suite has otherwise than the template: small batches, so that there are more calls that can fail, and few
 * retries, so that a record that always kills the function is given up within seconds.
 */
const MAPPING = { BatchSize: 200, MaximumRetryAttempts: 3 };

/**
 * Synthesizes the template, and bundles its consumer anew from a copy of the sources with one more plugin (plugin.ts) and
 * perhaps a mutation: the product's own files stay as they are.
 *
 * @param folder gets the assembly and the copy of the sources
 */
export async function chaosAssembly(folder: string, options: AssemblyOptions): Promise<ChaosAssembly> {
  const assembly = join(folder, "cdk.out");
  if (options.base === undefined) await synthesize(assembly);
  else cpSync(options.base, assembly, { recursive: true });
  const templates = readdirSync(assembly).filter((file) => file.endsWith(".template.json"));
  for (const file of templates) rewrite(join(assembly, file), (text) => JSON.stringify(withMapping(JSON.parse(text))));
  const template = readTemplate(assembly, PLACE);
  const consumer = template.resources("AWS::Lambda::Function").find(({ name }) => name.includes("-Consumer"));
  if (!consumer) throw new Error("chaos: the template has no function whose name says that it is the consumer");
  const target = template.bundle(consumer);
  const source = copySources(join(folder, "source"));
  if (options.mutation) mutate(source, options.mutation);
  bundle(join(source, "handlers", "consumer.ts"), target);
  if (options.lives) writeFileSync(join(target, "lives.json"), JSON.stringify(options.lives));
  return { assembly, consumer: consumer.name, bundle: target };
}

interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

function withMapping(template: Template): Template {
  for (const { Type, Properties } of Object.values(template.Resources)) {
    const isStream = Type === "AWS::Lambda::EventSourceMapping" && "MaximumRetryAttempts" in Properties;
    if (isStream) Object.assign(Properties, MAPPING);
  }
  return template;
}

function copySources(to: string): string {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const folder of ["core", "handlers", "plugins"])
    cpSync(join(ROOT, folder), join(to, folder), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(to, "node_modules"), "dir");
  cpSync(join(ROOT, "test", "chaos", "plugin.ts"), join(to, "plugins", "enrich", "chaos.ts"));
  writeRegistry(to);
  return to;
}

/** @throws {Error} when the text is not there exactly once: the mutation no longer says what it did */
function mutate(source: string, { file, from, to }: Mutation): void {
  rewrite(join(source, file), (text) => {
    const pieces = text.split(from);
    if (pieces.length === 2) return pieces.join(to);
    throw new Error(
      `chaos: ${file} has ${JSON.stringify(from)} ${pieces.length - 1} times; the mutation needs it once`,
    );
  });
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}
