import type { DuckDBValue } from "@duckdb/node-api";
import { follow, type JsonPath, parsePath } from "./json-path.ts";

/**
 * Trino's json_value, json_query and json_exists. What is to happen on empty and on error is a text: `null`, `error`, or
 * `=` and the value.
 */

/** Trino keeps a number as bigint if it has no point, and as double if it has one; a greater whole one is an error. */
const LARGEST = 2n ** 63n - 1n;

/** A document with whole numbers as bigint and the others as number. */
function read(text: string): unknown {
  return JSON.parse(text, (_, value, context: { source?: string } = {}) => {
    if (typeof value !== "number") return value;
    const source = context.source ?? String(value);
    if (!/^-?\d+$/.test(source)) return value;
    const whole = BigInt(source);
    if (whole > LARGEST || whole < -LARGEST - 1n) throw new Error(`number ${source} is too large`);
    return whole;
  });
}

const isScalar = (item: unknown): boolean => typeof item !== "object" || item === null;

/** The path of the query that asked last; a query mostly asks for one. */
const paths = new Map<string, JsonPath>();

function pathOf(text: string): JsonPath {
  const known = paths.get(text);
  if (known) return known;
  const path = parsePath(text);
  if (!path) throw new Error(`INVALID_PATH: ${text} has a part that the local lake does not know`);
  if (paths.size > 20) paths.clear();
  paths.set(text, path);
  return path;
}

function otherwise(what: DuckDBValue, message: string): string | null {
  if (what === "error") throw new Error(`JSON_VALUE_RESULT_ERROR: ${message}`);
  return typeof what === "string" && what.startsWith("=") ? what.slice(1) : null;
}

/** Items of a path, or why there are none. */
function itemsOf(json: string, path: string): unknown[] | Error {
  const steps = pathOf(path);
  try {
    return follow(steps, read(json));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const WHOLE = /^(?:bigint|integer)$/;

/** A scalar as text that can be cast to the type asked for; undefined if it cannot. */
function scalarText(item: unknown, type: DuckDBValue): string | undefined {
  if (!isScalar(item)) return undefined;
  const whole = typeof type === "string" && WHOLE.test(type);
  if (typeof item === "string" && whole && !/^[+-]?\d+$/.test(item)) return undefined;
  if (typeof item === "boolean" && type !== "boolean" && type !== "varchar") return undefined;
  return typeof item === "number" ? doubleText(item) : String(item);
}

/** A double as Trino casts it to varchar: always with an exponent, as in `1.5E0`. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
}

export function jsonValue(...given: DuckDBValue[]): DuckDBValue {
  const [json, path, onEmpty, onError, type] = given;
  if (typeof json !== "string" || typeof path !== "string") return null;
  const items = itemsOf(json, path);
  if (items instanceof Error) return otherwise(onError ?? null, items.message);
  if (items.length === 0) return otherwise(onEmpty ?? null, "JSON path found no items");
  if (items.length === 1 && items[0] === null) return null;
  const text = items.length === 1 ? scalarText(items[0], type ?? null) : undefined;
  return text ?? otherwise(onError ?? null, "JSON path found no single scalar of the type that was asked for");
}

export function jsonQuery(...given: DuckDBValue[]): DuckDBValue {
  const [json, path, onEmpty, onError, wrapper, quotes] = given;
  if (typeof json !== "string" || typeof path !== "string") return null;
  const items = itemsOf(json, path);
  if (items instanceof Error) return otherwise(onError ?? null, items.message);
  if (items.length === 0) return otherwise(onEmpty ?? null, "JSON path found no items");
  const [first] = items;
  const isWrapped = wrapper === "always" || (wrapper === "conditional" && (items.length > 1 || isScalar(first)));
  if (isWrapped) return write(items);
  if (items.length > 1) return otherwise(onError ?? null, "JSON path found more items than one");
  return quotes === "omit" && typeof first === "string" ? first : write(first);
}

export function jsonExists(...given: DuckDBValue[]): DuckDBValue {
  const [json, path, onError] = given;
  if (typeof json !== "string" || typeof path !== "string") return null;
  const items = itemsOf(json, path);
  if (!(items instanceof Error)) return items.length > 0;
  const answer = otherwise(onError ?? null, items.message);
  return answer === null ? null : answer === "true";
}

function write(item: unknown): string {
  if (typeof item === "number") return javaDouble(item);
  if (typeof item === "bigint") return String(item);
  if (Array.isArray(item)) return `[${item.map(write).join(",")}]`;
  if (typeof item !== "object" || item === null) return JSON.stringify(item);
  return `{${Object.entries(item)
    .map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`)
    .join(",")}}`;
}

/** A double as Java prints it: plain from 0.001 to below 10,000,000, else as in `1.0E10`. */
export function javaDouble(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (!Number.isFinite(value) || size < 1e-3 || size >= 1e7) return doubleText(value);
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
