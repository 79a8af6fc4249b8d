/**
 * The part of SQL/JSON's path language that Trino's json_value, json_query and json_exists are mostly asked with: `lax` or
 * `strict`, members, `.*`, `[n]`, `[a to b]`, `[last]` and `[*]`. Filters, methods and arithmetic are not known here.
 */

export interface JsonPath {
  readonly lax: boolean;
  readonly steps: readonly Step[];
}

type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "members" }
  | { readonly kind: "elements"; readonly ranges: readonly (readonly [Subscript, Subscript])[] | undefined };
type Subscript = number | "last";

const STEP =
  /\s*(?:\.\s*(?:(?<every>\*)|(?<word>[A-Za-z_]\w*)(?!\s*\()|"(?<quoted>(?:[^"]|"")*)")|\[\s*(?:(?<all>\*)|(?<list>(?:\d+|last|to|[\s,])+))\s*\])/y;
const SUBSCRIPT = /^(\d+|last)(?:\s+to\s+(\d+|last))?$/;

/** @returns undefined for a path that is none, or has a part that is not known here */
export function parsePath(text: string): JsonPath | undefined {
  const [start, mode] = /^\s*(lax|strict)\s+\$/.exec(text) ?? [];
  if (start === undefined) return undefined;
  const steps: Step[] = [];
  for (let at = start.length; text.slice(at).trim() !== ""; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const step = readStep(STEP.exec(text)?.groups);
    if (!step) return undefined;
    steps.push(step);
  }
  return { lax: mode === "lax", steps };
}

function readStep(groups: Record<string, string> | undefined): Step | undefined {
  if (!groups) return undefined;
  const name = groups.word ?? groups.quoted?.replaceAll('""', '"');
  if (name !== undefined) return { kind: "member", name };
  if (groups.every !== undefined) return { kind: "members" };
  if (groups.all !== undefined) return { kind: "elements", ranges: undefined };
  const ranges = (groups.list ?? "").split(",").map(readRange);
  return ranges.every((range) => range !== undefined) ? { kind: "elements", ranges } : undefined;
}

function readRange(text: string): readonly [Subscript, Subscript] | undefined {
  const [whole, from = "", to = from] = SUBSCRIPT.exec(text.trim()) ?? [];
  const read = (subscript: string): Subscript => (subscript === "last" ? "last" : Number(subscript));
  return whole === undefined ? undefined : [read(from), read(to)];
}

/** What a strict path throws where the document has not the shape that it says. */
export class PathError extends Error {}

/** Everything that a path leads to. @throws {PathError} */
export function follow({ lax, steps }: JsonPath, document: unknown): unknown[] {
  return steps.reduce<unknown[]>((items, step) => items.flatMap((item) => take(step, item, lax)), [document]);
}

function take(step: Step, item: unknown, lax: boolean): unknown[] {
  if (step.kind === "elements") return elements(step.ranges, item, lax);
  if (lax && Array.isArray(item)) return item.filter(isObject).flatMap((one) => take(step, one, lax));
  if (!isObject(item)) return lax ? [] : fail("there is no object");
  if (step.kind === "members") return Object.values(item);
  return Object.hasOwn(item, step.name) ? [item[step.name]] : lax ? [] : fail(`there is no member ${step.name}`);
}

/** A lax path takes what is no array as an array of one. */
function elements(ranges: (Step & { kind: "elements" })["ranges"], item: unknown, lax: boolean): unknown[] {
  const array = Array.isArray(item) ? item : lax ? [item] : fail("there is no array");
  if (!ranges) return array;
  return ranges.flatMap(([low, high]) => {
    const last = array.length - 1;
    const [from, to] = [low === "last" ? last : low, high === "last" ? last : high];
    if (!lax && (from > to || from < 0 || to > last)) fail("a subscript is out of bounds");
    return array.slice(Math.max(from, 0), to + 1);
  });
}

const isObject = (item: unknown): item is Record<string, unknown> =>
  typeof item === "object" && item !== null && !Array.isArray(item);

function fail(what: string): never {
  throw new PathError(`path evaluation failed: ${what}`);
}
