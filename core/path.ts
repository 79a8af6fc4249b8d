/** Getting at the most stubborn data: what a plugin author reaches for. Nothing here throws on odd input. */

import { isObject, type Json, type JsonObject } from "./json.ts";
import { remember } from "./memo.ts";

/**
 * The value at a dotted path, e.g. `events.0.name`; a number is a position in a list.
 *
 * @returns undefined where the path leads nowhere; inherited properties are never seen
 */
export function valueAt(node: Json | undefined, path: string): Json | undefined {
  if (!path.includes(".") && isObject(node)) return Object.hasOwn(node, path) ? node[path] : undefined;
  return atSteps(node, stepsOf(path));
}

/** Plugins have so many paths at most; paths made of data would fill the memory up. */
const stepsOf = remember(2000, (path) => path.split("."));

function atSteps(node: Json | undefined, steps: readonly string[]): Json | undefined {
  let value = node;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Array.isArray(value) ? value[Number(step)] : value[step];
  }
  return value;
}

/** The text at a path, or undefined when it is no string or an empty one. */
export function textAt(node: Json | undefined, path: string): string | undefined {
  const value = valueAt(node, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The first text that stands at one of the paths. */
export function firstTextAt(node: Json | undefined, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const text = textAt(node, path);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The number at a path; a string of digits counts, as many producers quote their numbers. */
export function numberAt(node: Json | undefined, path: string): number | undefined {
  const value = valueAt(node, path);
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}

/** The list at a path; an empty one when it is no list. */
export function listAt(node: Json | undefined, path: string): readonly Json[] {
  const value = valueAt(node, path);
  return Array.isArray(value) ? value : [];
}

/** Every value of a key at any depth, in document order, an object's own before those beneath it. */
export function findKeys(node: Json | undefined, key: string): Json[] {
  return holdersOf(node, key).map((holder) => holder[key] as Json); // own key of each holder
}

/** Every object at any depth that has the key. */
export function holdersOf(node: Json | undefined, key: string, found: JsonObject[] = []): JsonObject[] {
  if (typeof node !== "object" || node === null) return found;
  if (!Array.isArray(node) && Object.hasOwn(node, key)) found.push(node);
  for (const child of Object.values(node)) holdersOf(child, key, found);
  return found;
}

/** True when the target is an object that holds every key of the query with an equal value. */
export function dictMatch(query: JsonObject, target: Json | undefined): boolean {
  if (!isObject(target)) return false;
  return Object.entries(query).every(([key, value]) => Object.hasOwn(target, key) && sameJson(value, target[key]));
}

function sameJson(a: Json, b: Json | undefined): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b) || Object.keys(a).length !== Object.keys(b).length) return false;
  return Object.entries(a).every(([key, value]) => Object.hasOwn(b, key) && sameJson(value, valueAt(b, key)));
}
