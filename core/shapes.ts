import type { Asked, Parts } from "./asked.ts";
import { addBit, type Bits, nextBit } from "./bits.ts";
import { createNamed, type Named } from "./named.ts";
import type { OrderedPlugin } from "./order.ts";
import type { Found, Scanned } from "./scanned.ts";
import type { Places } from "./values.ts";

/** What the names of the found fields tell, whatever their values are: events of one kind share a shape. */
export interface Shape {
  /** The found fields, in their order: see `keyOf`. */
  readonly keys: Int32Array;
  /** How much of the document must be read; undefined when it must be parsed by the reference. */
  readonly way: "sparse" | "whole" | undefined;
  /** The plugins that these fields summon, and those for every event. */
  readonly summoned: Bits;
  /** The looked-for names. */
  readonly named: Named;
  /** By looked-for name, which of the found fields have it beneath the first level. */
  readonly nested: ReadonlyMap<string, readonly number[]>;
  /** What plugins see of the fields that become those of `details`, and their names. */
  readonly first: readonly FoundField[];
  readonly names: readonly string[];
  /** The fields of a document in the shell's form: its `details`, and those beside them. */
  readonly beside: readonly FoundField[];
  /** Which of the found fields may hold a whole event as text. */
  readonly wraps: readonly number[];
  /** Where the names of lists that plugins look for stand. */
  readonly kept: Places[];
}

export interface FoundField {
  readonly name: string;
  /** Which of the found fields it is. */
  readonly at: number;
  /** When plugins look at nothing else of an object there: the found fields that may be what they look at. */
  readonly parts: readonly FoundField[] | undefined;
}

/** Shapes that are kept, of about 2 KB; the kinds of events are far fewer. Beyond them events are hostile: all are forgotten. */
const MAX_SHAPES = 1024;

/** Where a found field stands. */
const IN_BASE = 0;
const BESIDE = 1;
const NESTED = 2;

/** Tells the shape of what was scanned; the names must be those that were asked for. */
export function createShapes(asked: readonly Asked[], order: readonly OrderedPlugin[], general: Bits) {
  /** By the hash of their keys. */
  let shapes = new Map<number, Shape>();
  let keys = new Int32Array(0);

  return ({ found, root, base }: Scanned): Shape => {
    const { count } = found;
    if (keys.length < count) keys = new Int32Array(2 * count);
    let hash = count;
    for (let i = 0; i < count; i++) {
      const key = keyOf(found, i, root, base);
      keys[i] = key;
      hash = Math.imul(hash ^ key, 0x01000193); // FNV-1a
    }
    const known = shapes.get(hash);
    if (known && isSame(known.keys, count)) return known;
    const shape = createShape(keys.slice(0, count), asked, order, general);
    if (shapes.size >= MAX_SHAPES) shapes = new Map();
    shapes.set(hash, shape);
    return shape;
  };

  function isSame(known: Int32Array, count: number): boolean {
    if (known.length !== count) return false;
    for (let i = 0; i < count; i++) if (known[i] !== keys[i]) return false;
    return true;
  }
}

/** A found field's name and where it stands, as one number. */
function keyOf({ name, object }: Found, i: number, root: number, base: number): number {
  const holder = object[i];
  const where = holder === base ? IN_BASE : holder === root ? BESIDE : NESTED;
  return (name[i] ?? 0) * 4 + where;
}

function createShape(keys: Int32Array, asked: readonly Asked[], order: readonly OrderedPlugin[], general: Bits): Shape {
  const summoned = general.slice();
  const named = new Set<string>();
  const nested = new Map<string, number[]>();
  const first: FoundField[] = [];
  const beside: FoundField[] = [];
  for (const [at, key] of keys.entries()) {
    const { name = "", lookup = false, seen = false, summons = [] } = asked[key >>> 2] ?? {};
    const where = key & 3;
    for (const plugin of summons) addBit(summoned, plugin);
    if (lookup) named.add(name);
    if (lookup && where === NESTED) nested.set(name, [...(nested.get(name) ?? []), at]);
    if (where === BESIDE) beside.push({ name, at, parts: undefined });
    if (where === IN_BASE && seen)
      first.push({ name, at, parts: partsBefore(at, asked[key >>> 2]?.parts, keys, asked) });
  }
  const outer = beside.length > 0 ? BESIDE : IN_BASE;
  const wraps = [...keys.keys()].filter((at) => {
    const key = keys[at] ?? 0;
    return (key & 3) === outer && asked[key >>> 2]?.wraps === true;
  });
  const needs = wayOf(keys, asked) ?? (doAllNameFields(order, summoned) ? "sparse" : "whole");
  const way = needs === "reference" ? undefined : needs;
  const names = first.map(({ name }) => name);
  return { keys, way, summoned, named: createNamed([...named]), nested, first, names, beside, wraps, kept: [] };
}

/** What is found within an object comes before it, and behind the field of the first level before that. */
function partsBefore(
  at: number,
  parts: Parts | undefined,
  keys: Int32Array,
  asked: readonly Asked[],
): FoundField[] | undefined {
  if (!parts) return undefined;
  const fields: FoundField[] = [];
  for (let i = at - 1; i >= 0 && ((keys[i] ?? 0) & 3) === NESTED; i--) {
    const name = asked[(keys[i] ?? 0) >>> 2]?.name;
    if (name === undefined || !parts.has(name)) continue;
    fields.push({ name, at: i, parts: partsBefore(i, parts.get(name), keys, asked) });
  }
  return fields;
}

/** What some field needs the document to be, beyond a sparse one. */
function wayOf(keys: Int32Array, asked: readonly Asked[]): Asked["needs"] {
  const isShell = keys.some((key) => (key & 3) === BESIDE);
  let way: Asked["needs"];
  for (const key of keys) {
    if ((key & 3) === NESTED) continue;
    const { name, needs } = asked[key >>> 2] ?? {};
    if (needs === "reference" || (name === "details" && !isShell)) return "reference";
    way ??= needs;
  }
  return way;
}

function doAllNameFields(order: readonly OrderedPlugin[], summoned: Bits): boolean {
  for (let at = nextBit(summoned, 1); at >= 0; at = nextBit(summoned, at + 1)) {
    if (order[at]?.reach !== "fields") return false;
  }
  return true;
}
