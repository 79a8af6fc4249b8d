/**
 * Reads an operation's input by rules, and refuses it in AWS's words.
 *
 * A value of the wrong type is a SerializationException at once. Broken constraints are collected, up to ten, into one
 * ValidationException: "2 validation errors detected: Value … at 'records' failed to satisfy constraint: …; …".
 */

import { type Json, type JsonObject, ServiceError } from "../service.ts";

/** Turns one JSON value into `T`, adding what is wrong with it to `problems`. An absent value gives undefined. */
export type Rule<T> = (value: Json | undefined, at: string, problems: string[]) => T;

type Members = Record<string, Rule<unknown>>;
export type Read<M extends Members> = { [K in keyof M]: ReturnType<M[K]> };

interface Size {
  min?: number;
  max?: number;
}

const MOST_PROBLEMS = 10;
const LONGEST_QUOTE = 1024;

/**
 * Makes the reader of one operation's input. Members without a rule are ignored, as AWS ignores them.
 *
 * @throws {ServiceError} SerializationException, ValidationException
 */
export function reader<M extends Members>(members: M): (input: JsonObject) => Read<M> {
  const rule = required(structure(members));
  return (input) => {
    const problems: string[] = [];
    const result = rule(input, "", problems);
    if (problems.length === 0) return result;
    const count = `${problems.length} validation error${problems.length > 1 ? "s" : ""}`;
    throw new ServiceError("ValidationException", `${count} detected: ${problems.join("; ")}`);
  };
}

/** A value that must be there. */
export function required<T>(rule: Rule<T | undefined>): Rule<T> {
  return (value, at, problems) => {
    const result = rule(value, at, problems);
    if (result === undefined) refuse(problems, null, at, "Member must not be null");
    return result as T; // an undefined is never used: the problem just noted refuses the whole input
  };
}

/** @param limits `min` and `max` in characters; `pattern` must match the whole text */
export function text(limits: Size & { pattern?: string } = {}): Rule<string | undefined> {
  const pattern = limits.pattern === undefined ? undefined : new RegExp(`^(?:${limits.pattern})$`);
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw wrongType(at, "a string", value);
    checkLength(problems, value, value.length, at, limits);
    if (pattern && !pattern.test(value)) {
      refuse(problems, value, at, `Member must satisfy regular expression pattern: ${limits.pattern}`);
    }
    return value;
  };
}

/** One of a closed set of texts. */
export function oneOf<const T extends string>(...allowed: T[]): Rule<T | undefined> {
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw wrongType(at, "a string", value);
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      refuse(problems, value, at, `Member must satisfy enum value set: [${allowed.join(", ")}]`);
    }
    return found;
  };
}

/** @param limits `min` and `max` of the value */
export function whole(limits: Size = {}): Rule<number | undefined> {
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrongType(at, "a whole number", value);
    if (value < (limits.min ?? -Infinity)) {
      refuse(problems, String(value), at, `Member must have value greater than or equal to ${limits.min}`);
    }
    if (value > (limits.max ?? Infinity)) {
      refuse(problems, String(value), at, `Member must have value less than or equal to ${limits.max}`);
    }
    return value;
  };
}

export function flag(): Rule<boolean | undefined> {
  return (value, at) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "boolean") throw wrongType(at, "true or false", value);
    return value;
  };
}

/** Epoch seconds on the wire, whole milliseconds here. */
export function timestamp(): Rule<number | undefined> {
  return (value, at) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(at, "seconds since 1970", value);
    return Math.round(value * 1000);
  };
}

/** Base64 with its padding on the wire, bytes here. @param limits `max` in bytes */
export function blob(limits: Size = {}): Rule<Buffer | undefined> {
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    const bytes = typeof value === "string" ? Buffer.from(value, "base64") : undefined;
    if (bytes?.toString("base64") !== value || bytes === undefined) throw wrongType(at, "base64", value);
    const quote = `java.nio.HeapByteBuffer[pos=0 lim=${bytes.length} cap=${bytes.length}]`;
    checkLength(problems, quote, bytes.length, at, limits);
    return bytes;
  };
}

/** @param limits `min` and `max` in members */
export function list<T>(rule: Rule<T>, limits: Size = {}): Rule<T[] | undefined> {
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) throw wrongType(at, "a list", value);
    checkLength(problems, `[${value.length} members]`, value.length, at, limits);
    if (problems.length > 0) return [];
    return value.map((member, i) => rule(member, `${at}.${i + 1}.member`, problems));
  };
}

/** A map from text to text. @param limits `min` and `max` in entries; `key` and `value` in characters */
export function map(limits: Size & { key: Size; value: Size }): Rule<Map<string, string> | undefined> {
  const keyRule = required(text(limits.key));
  const valueRule = required(text(limits.value));
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw wrongType(at, "a map", value);
    const entries = Object.entries(value);
    checkLength(problems, `{${entries.length} entries}`, entries.length, at, limits);
    return new Map(entries.map(([k, v]) => [keyRule(k, `${at}.key`, problems), valueRule(v, `${at}.${k}`, problems)]));
  };
}

export function structure<M extends Members>(members: M): Rule<Read<M> | undefined> {
  const rules = Object.entries(members);
  return (value, at, problems) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw wrongType(at, "an object", value);
    const prefix = at === "" ? "" : `${at}.`;
    const read = rules.map(([name, rule]) => [name, rule(value[name], prefix + lowerFirst(name), problems)]);
    return Object.fromEntries(read) as Read<M>;
  };
}

function checkLength(problems: string[], quote: string, length: number, at: string, limits: Size): void {
  if (length < (limits.min ?? 0)) {
    refuse(problems, quote, at, `Member must have length greater than or equal to ${limits.min}`);
  }
  if (length > (limits.max ?? Infinity)) {
    refuse(problems, quote, at, `Member must have length less than or equal to ${limits.max}`);
  }
}

function refuse(problems: string[], quote: string | null, at: string, constraint: string): void {
  if (problems.length >= MOST_PROBLEMS) return;
  const value = quote === null ? "null" : `'${quote.slice(0, LONGEST_QUOTE)}'`;
  problems.push(`Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`);
}

function wrongType(at: string, expected: string, value: Json): ServiceError {
  const got = JSON.stringify(value).slice(0, 120);
  return new ServiceError(
    "SerializationException",
    `${at === "" ? "the input" : at}: expected ${expected}, got ${got}`,
  );
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
