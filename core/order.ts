import type { Plugin } from "./plugin.ts";
import type { Resources } from "./resources.ts";

/** Normalization plugins all run before enrichment plugins. */
export interface PluginSet {
  readonly normalize: readonly Plugin[];
  readonly enrich: readonly Plugin[];
  /** Changes whenever the text of a plugin does; recorded with quarantined payloads. */
  readonly version: string;
  /** What the lake's settings give to plugins; none unless said. */
  readonly resources?: Resources;
}

export interface OrderedPlugin {
  readonly plugin: Plugin;
  /** As events record it. */
  readonly label: string;
  /** True when it is for every event. */
  readonly general: boolean;
  readonly reach: Reach;
  /** Of a plugin that says what it adds to `details`: the fields of these that summon others. */
  readonly adds: readonly Summons[];
  /** And those that others look for. */
  readonly shows: readonly string[];
}

/** What a plugin may look at and change: fields that it names, the first level, or all of the event. */
export type Reach = "fields" | "shallow" | "deep";

/** A field and the plugins, by position, that it summons. */
export interface Summons {
  readonly name: string;
  readonly plugins: readonly number[];
}

/**
 * The run order: normalization before enrichment, then priority, then `["*"]` before fields, then name, but for
 * what `after` asks among plugins of one kind and priority. A plugin that needs what no setting gives is left out.
 *
 * @throws {Error} for two plugins of one name, a registration in upper case, or an `after` that cannot be met
 */
export function runOrder(set: PluginSet): OrderedPlugin[] {
  const { resources = {} } = set;
  const has = ({ needs }: Plugin) => needs === undefined || resources[needs] !== undefined;
  const normalize = ordered(set.normalize.filter(has)).map((plugin) => ({
    plugin,
    label: `normalization_${plugin.name}`,
  }));
  const enrich = ordered(set.enrich.filter(has)).map((plugin) => ({ plugin, label: `enrichment_${plugin.name}` }));
  const order = [...normalize, ...enrich];
  return order.map(({ plugin, label }, position) => {
    const later = order.map((entry, i) => (i > position ? entry.plugin : undefined));
    const { general, reach } = { general: isGeneral(plugin), reach: reachOf(plugin) };
    const { adds, shows } = { adds: summonsOf(plugin, later), shows: showsOf(plugin, later) };
    return { plugin: sameForm(plugin), label, general, reach, adds, shows };
  });
}

/** The plugin with all that a plugin may say, in one order: objects of one form are read faster. */
function sameForm(plugin: Plugin): Plugin {
  const said: { [name in keyof Plugin]: Plugin[name] | undefined } = { ...NOTHING_SAID, ...plugin };
  return said as Plugin;
}

const NOTHING_SAID = {
  name: undefined,
  registration: undefined,
  priority: undefined,
  after: undefined,
  adds: undefined,
  lookups: undefined,
  shallow: undefined,
  fields: undefined,
  parsedAt: undefined,
  needs: undefined,
  dropMode: undefined,
  isScan: undefined,
  onMessage: undefined,
  examples: undefined,
};

function reachOf({ shallow, fields }: Plugin): Reach {
  if (shallow !== true) return "deep";
  return fields ? "fields" : "shallow";
}

/** @param later the plugins that run later, at their positions */
function summonsOf({ adds = [] }: Plugin, later: readonly (Plugin | undefined)[]): Summons[] {
  return adds.flatMap((name) => {
    const isSummoned = (plugin: Plugin | undefined) => plugin?.registration.includes(name) && !isGeneral(plugin);
    const plugins = later.flatMap((plugin, position) => (isSummoned(plugin) ? [position] : []));
    return plugins.length > 0 ? [{ name, plugins }] : [];
  });
}

function showsOf({ adds = [] }: Plugin, later: readonly (Plugin | undefined)[]): string[] {
  const looked = new Set(later.flatMap((plugin) => plugin?.lookups ?? []));
  return adds.filter((name) => looked.has(name));
}

function ordered(plugins: readonly Plugin[]): Plugin[] {
  const waiting = plugins.toSorted(
    (a, b) => a.priority - b.priority || Number(isGeneral(b)) - Number(isGeneral(a)) || compareText(a.name, b.name),
  );
  check(waiting);
  const done: Plugin[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex((plugin) => !mustWait(plugin, waiting));
    const [plugin] = waiting.splice(next, next < 0 ? 0 : 1);
    if (!plugin)
      throw new Error(`plugins: ${waiting.map(({ name }) => name).join(", ")} wait for each other ("after")`);
    done.push(plugin);
  }
  return done;
}

/** Earlier priorities go first; `after` holds a plugin back only behind its equals. */
function mustWait(plugin: Plugin, waiting: readonly Plugin[]): boolean {
  return waiting.some(
    (other) =>
      other.priority < plugin.priority ||
      (other.priority === plugin.priority && plugin.after?.includes(other.name) === true),
  );
}

function check(plugins: readonly Plugin[]): void {
  const names = new Set<string>();
  for (const { name, registration, priority, after } of plugins) {
    if (names.has(name)) throw new Error(`plugins: two plugins are named ${name}; rename one of the files`);
    names.add(name);
    const unmet = after?.find((other) => !plugins.some((p) => p.name === other && p.priority <= priority));
    if (unmet)
      throw new Error(`plugins: ${name} runs after ${unmet}, which is none of its kind or has a later priority`);
    const upper = registration.find((entry) => entry !== entry.toLowerCase());
    if (upper) throw new Error(`plugins: ${name} registers for ${upper}; events have lower-case keys, write it so`);
  }
}

export function isGeneral({ registration }: Plugin): boolean {
  return registration.includes("*");
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
