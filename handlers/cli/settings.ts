import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { Option } from "commander";
import type { PluginSet } from "../../core/order.ts";
import { readSettings, type Settings } from "../../infra/settings.ts";
import { type OpenObject, placeOpener } from "../places.ts";
import { loadResources, type Places } from "../resources.ts";
import type { Target } from "./target.ts";
import { say, UsageError } from "./terminal.ts";

/** Context keys `lake:<setting>`. */
export type Context = Readonly<Record<string, unknown>>;

const CDK_JSON = new URL("../../cdk.json", import.meta.url);

const PREFIX = "lake:";

/** `-c lake:geo=city.mmdb`, as `cdk deploy` has it. */
export function contextOption(): Option {
  return new Option("-c, --context <key=value>", "a setting of the lake, as for cdk deploy; again for each").argParser(
    (text: string, before: Context = {}) => ({ ...before, ...keyAndValue(text) }),
  );
}

function keyAndValue(text: string): Context {
  const [, key, value] = /^(lake:\w+)=(.*)$/.exec(text) ?? [];
  if (key === undefined) throw new UsageError(`-c ${text} is no setting; write it as lake:<setting>=<value>`);
  return { [key]: value };
}

/** The settings of cdk.json, which a deployment has too, and over them those of the command line. */
export function contextHere(given: Context = {}): Context {
  const { context = {} }: { context?: Context } = JSON.parse(readFileSync(CDK_JSON, "utf8"));
  const ours = Object.entries(context).filter(([key]) => key.startsWith(PREFIX));
  return { ...Object.fromEntries(ours), ...given };
}

/** @throws {UsageError} naming every setting that is wrong */
export function settingsHere(given: Context = {}): Settings {
  try {
    return readSettings(contextHere(given), new Date().getUTCFullYear());
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

interface Source {
  /** That paths of files start from. */
  readonly folder?: string;
  /** Of the local lake, for objects in its S3; otherwise the usual AWS credentials are used. */
  readonly client?: Target["client"];
}

/**
 * The plugins with what they need.
 *
 * @throws {Error} when something cannot be loaded: what is made without it would differ from what the lake makes
 */
export async function equipped(
  plugins: PluginSet,
  places: Places,
  { folder = ".", client }: Source = {},
): Promise<PluginSet> {
  const { resources, problems, isComplete } = await loadResources(places, placeOpener(folder, objectOpener(client)));
  if (!isComplete) throw new Error(problems.join("; "));
  for (const problem of problems) say(`lake: ${problem}`);
  return { ...plugins, resources };
}

/**
 * Places of a deployed lake as they are on this machine: files of its bundle are those that the settings here name.
 *
 * @throws {UsageError} for a file that they do not name
 */
export function placesHere({ geo, lookups }: Places): Places {
  const here = settingsHere();
  const paths = [...here.geo, ...here.lookups];
  const place = (there: string) => {
    const path = there.startsWith("s3://") ? there : paths.find((path) => basename(path) === basename(there));
    if (path !== undefined) return path;
    const next = "name it in the context of cdk.json, as for the deployment (lake:geo, lake:lookups)";
    throw new UsageError(`lake: the lake works with ${basename(there)}, which no setting names here; ${next}`);
  };
  return { geo: geo.map(place), lookups: lookups.map(place) };
}

function objectOpener(client: Source["client"]): OpenObject {
  return async (Bucket, Key) => {
    const { GetObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
    const s3 = new S3Client({ ...client, ...(client?.endpoint !== undefined && { forcePathStyle: true }) });
    const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    if (!(Body instanceof Readable)) throw new Error("S3 answered without a body");
    return { stream: Body, bytes: ContentLength ?? 0 };
  };
}
