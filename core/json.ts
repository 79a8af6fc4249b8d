/** JSON as it arrives: numbers are never damaged on their way through JavaScript. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** A number whose digits a double cannot hold; made by `JSON.rawJSON` (ECMAScript "JSON.parse source text access"). */
interface RawNumber {
  readonly rawJSON: string;
}

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/**
 * Numbers as they were written, by the object or array that holds them.
 *
 * Plugins see an ordinary number; the writer puts the original digits back wherever that number still stands.
 */
export type ExactNumbers = Map<object, Map<string, { readonly value: number; readonly source: string }>>;

/**
 * A number, or text that looks like one, that may not print as it was written: minus zero, 16 digits or more, an
 * exponent, a fraction; but a fraction of up to nine digits before the point and six after it, the last not zero, does.
 */
const INEXACT = /[:,[]\s*(?:-0|-?(?!\d{1,9}\.\d{0,5}[1-9][,\]}\s])(?:\d+[.eE]|\d{16})[\d.eE+-]*)\s*[,\]}]/;

/**
 * `NaN` and the infinities, as Python's json module writes them, and strings, so that a token inside one is left alone.
 * An unterminated string runs to the end: the match stays linear on hostile text.
 */
const NON_FINITE = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/g;

/** True when some number of the text may need {@link ExactNumbers}. A false alarm costs time, never data. */
export function mayHoldInexactNumbers(text: string): boolean {
  return INEXACT.test(text);
}

/**
 * Parses one JSON text. A number that a double cannot hold to the digit comes back as a raw number, which
 * `lowercaseKeys` (core/keys.ts) turns into a number and an entry of {@link ExactNumbers}.
 *
 * `NaN`, `Infinity` and `-Infinity`, which are not JSON but common, become the strings of that name.
 *
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): Json {
  const inexact = mayHoldInexactNumbers(text);
  try {
    return parseExactly(text, inexact);
  } catch (error) {
    const quoted = text.replace(NON_FINITE, (token) => (token.startsWith('"') ? token : `"${token}"`));
    if (quoted === text) throw error;
    return parseExactly(quoted, inexact);
  }
}

function parseExactly(text: string, inexact: boolean): Json {
  return inexact ? JSON.parse(text, keepSource) : JSON.parse(text);
}

function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}

/** Writes JSON with the exact digits of numbers that still stand where they arrived; see {@link wellFormedJson}. */
export function writeJson(value: Json, exact: ExactNumbers): string {
  return wellFormedJson(exact.size === 0 ? JSON.stringify(value) : JSON.stringify(value, replaceExact(exact)));
}

/** What `JSON.stringify` wrote, with U+FFFD for lone surrogates, which some readers of JSON refuse. */
export function wellFormedJson(text: string): string {
  return text.includes("\\ud") ? text.replace(LONE_SURROGATE, (_, escapes: string) => `${escapes}\ufffd`) : text;
}

/** JSON.stringify escapes only lone surrogates as `\udXXX`; an even run of backslashes before it is text. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

function replaceExact(exact: ExactNumbers) {
  return function replacer(this: object, key: string, value: unknown): unknown {
    if (typeof value !== "number") return value;
    const number = exact.get(this)?.get(key);
    return number && Object.is(number.value, value) ? JSON.rawJSON(number.source) : value;
  };
}

/** Sets a key that may be `__proto__`, which a plain assignment would lose. */
export function setKey(target: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/**
 * Removes a field by making it undefined, which JSON.stringify leaves out: to delete it would turn the object into a hash
 * table, which is slow to read and write.
 */
export function removeField(object: JsonObject, name: string): void {
  const fields: { [name: string]: Json | undefined } = object;
  if (hasField(object, name)) fields[name] = undefined;
}

/** True for an object's own field that was not removed. */
export function hasField(object: JsonObject, name: string): boolean {
  return object[name] !== undefined && Object.hasOwn(object, name);
}

/** True for a JSON object: not null, not a list, not a number that is kept raw. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRaw(value);
}

/** The look at a field, which hardly any object has, spares most the call. */
function isRaw(value: object): boolean {
  return (value as { rawJSON?: unknown }).rawJSON !== undefined && JSON.isRawJSON(value);
}
