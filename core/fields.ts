import type { Json, JsonObject } from "./json.ts";

/** Longest line that is split, in characters: a URL and a user agent of 8 KB each, and the rest. */
const LONGEST_LINE = 32_768;

/** A field in quotes, in which a backslash escapes the next character; in brackets; or up to a blank. */
const FIELD = /"((?:[^"\\]|\\.)*)"(?= |$)|\[([^\]]*)\](?= |$)|(\S+)/y;

/**
 * Splits an access log's line at single blanks; `"..."` and `[...]` are one field each, without their marks, unless
 * something follows them: `[2001:db8::1]:443` is as it is.
 *
 * @param most fields after which the rest of the line is passed over
 * @returns undefined for a line that is too long or has a blank or a quote where none may be
 */
export function fieldsOf(line: string, most = 64): string[] | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  const fields: string[] = [];
  for (FIELD.lastIndex = 0; fields.length < most; ) {
    const match = FIELD.exec(line);
    if (!match) return undefined;
    fields.push(match[1]?.replaceAll('\\"', '"') ?? match[2] ?? match[3] ?? "");
    const end = match.index + match[0].length;
    if (end >= line.length) return fields;
    if (line[end] !== " ") return undefined;
    FIELD.lastIndex = end + 1;
  }
  return fields;
}

/** The fields of a line by their documented names; `-` and nothing are no value. */
export function namedFields(names: readonly string[], values: readonly string[]): JsonObject {
  const fields: JsonObject = {};
  const { length } = names;
  for (let i = 0; i < length; i++) {
    const name = names[i];
    const value = values[i];
    if (name !== undefined && value !== undefined && value !== "" && value !== "-") fields[name] = value;
  }
  return fields;
}

/** Adds the fields of a line to `details`; what is there stays. */
export function addFields(details: JsonObject, fields: JsonObject): void {
  for (const name of Object.keys(fields)) details[name] ??= fields[name] as Json; // its own key
}

/** The request of an HTTP log, `GET https://www.example.com:443/path HTTP/1.1`. */
export interface Request {
  readonly method: string;
  readonly url: string;
  /** Of a URL that names one, without its port. */
  readonly host?: string;
}

const HOST = /^[a-z]{2,5}:\/\/(\[[\da-fA-F:.]+\]|[^\s/:?#@]+)(?=[:/?#]|$)/;

/** @returns undefined for a request that the server could not read, e.g. `- http://www.example.com:80- -` */
export function requestIn(text = ""): Request | undefined {
  const first = text.indexOf(" ");
  const last = text.lastIndexOf(" ");
  const method = text.slice(0, Math.max(first, 0));
  if (last <= first || !/^[A-Z]{3,20}$/.test(method)) return undefined;
  const url = text.slice(first + 1, last);
  const host = HOST.exec(url)?.[1];
  return host === undefined ? { method, url } : { method, url, host };
}

/** Whether an HTTP status says that it worked: below 400. Zero is a client that went away. Undefined for no status. */
export function isSuccess(status: unknown): boolean | undefined {
  const code = typeof status === "string" && /^\d{1,3}$/.test(status) ? Number(status) : status;
  if (typeof code !== "number" || !Number.isInteger(code) || code < 0 || code > 999) return undefined;
  return code >= 100 && code < 400;
}
