import type { Readable } from "node:stream";
import { createTables, type LookupTables } from "../core/lookup.ts";
import type { Resources } from "../core/resources.ts";
import { joined, openDatabase } from "./geo.ts";
import { readTable } from "./tables.ts";

/** Where what plugins need lies: `s3://bucket/key`, or a path. */
export interface Places {
  /** MMDB databases; the first that knows something has the word. */
  readonly geo: readonly string[];
  /** Lookup tables. */
  readonly lookups: readonly string[];
}

/** Opens what lies at a place. */
export type Open = (place: string) => Promise<{ readonly stream: Readable; readonly bytes: number }>;

export interface Loaded {
  readonly resources: Resources;
  /** What could not be loaded or is wrong with it, for people. */
  readonly problems: readonly string[];
  /** False when something could not be loaded: plugins that need it fail until it is. */
  readonly isComplete: boolean;
}

/** Time until what could not be loaded is tried again, in milliseconds. */
const AGAIN_MS = 60_000;

/**
 * Loads what the settings name for plugins; what no setting names is not there, and the plugins that need it do not run.
 * It never rejects: a plugin that needs what could not be loaded throws the reason, so its events go on without it and say so.
 */
export async function loadResources({ geo, lookups }: Places, open: Open): Promise<Loaded> {
  const problems: string[] = [];
  let isComplete = true;
  const refused = (error: unknown) => {
    isComplete = false;
    const reason = error instanceof Error ? error : new Error(String(error));
    problems.push(reason.message);
    return () => {
      throw reason;
    };
  };
  const resources = {
    ...(geo.length > 0 && { geo: await geoAt(geo, open).catch(refused) }),
    ...(lookups.length > 0 && { lookups: await tablesAt(lookups, open, problems).catch((e) => refusing(refused(e))) }),
  };
  return { resources, problems, isComplete };
}

async function geoAt(places: readonly string[], open: Open): Promise<NonNullable<Resources["geo"]>> {
  const databases = [];
  for (const place of places) {
    databases.push(
      await at(place, async () => {
        const { stream, bytes } = await open(place);
        return openDatabase(stream, bytes);
      }),
    );
  }
  return joined(databases);
}

async function tablesAt(places: readonly string[], open: Open, problems: string[]): Promise<LookupTables> {
  const builder = createTables();
  for (const place of places) {
    problems.push(...(await at(place, async () => readTable(place, (await open(place)).stream, builder))));
  }
  return builder.tables;
}

/** @throws {Error} what the work throws, with the place */
async function at<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(`enrich: ${place} cannot be used (${why}); events go on without it`, { cause });
  }
}

function refusing(refuse: () => never): LookupTables {
  return { address: refuse, domain: refuse, value: refuse };
}

/**
 * Makes something of the resources at the first call, and keeps it: loading is done once, when a function starts. After a
 * failure the next call that comes a minute later tries again; until then what was made works without.
 *
 * @param tell gets each problem as it is found
 * @param now milliseconds of any clock
 */
export function prepared<T>(
  places: Places,
  { open, tell, now }: { open: Open; tell: (problem: string) => void; now: () => number },
  make: (resources: Resources) => T,
): () => Promise<T> {
  let made: Promise<T> | undefined;
  let againAt = Number.POSITIVE_INFINITY;
  const load = async () => {
    const { resources, problems, isComplete } = await loadResources(places, open);
    problems.forEach(tell);
    if (!isComplete) againAt = now() + AGAIN_MS;
    return make(resources);
  };
  return () => {
    if (made === undefined || now() >= againAt) {
      againAt = Number.POSITIVE_INFINITY;
      made = load();
    }
    return made;
  };
}
