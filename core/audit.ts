/** The Linux audit log: `type=USER_AUTH msg=audit(1600167600.123:456): pid=1 ... msg='op=... res=success'`. */

import { isObject, type Json, type JsonObject } from "./json.ts";
import { pairsIn } from "./logline.ts";
import { textAt } from "./path.ts";

/** By lower-case name; of an enriched record `auid_name` is the name of `auid`, and so on. */
export type AuditFields = ReadonlyMap<string, string>;

/** What one record of the Linux audit log says. */
export interface AuditRecord {
  /** True for a line, whose fields nothing else names. */
  readonly isText: boolean;
  readonly type: string;
  /** Seconds since 1970. */
  readonly time: string | undefined;
  readonly node: string | undefined;
  readonly fields: AuditFields;
}

/**
 * What stands before a record, after a syslog header or not: `node=web1 type=USER_AUTH msg=audit(1600167600.123:456): `;
 * the kernel itself writes `type=1400 audit(...): `.
 */
const HEAD =
  /(?:^|\s)(?:node=(\S{1,255}) )?type=([A-Z][A-Z0-9_]{1,40}|\d{4}|UNKNOWN\[\d{1,5}\]) (?:msg=)?audit\((\d{9,10}\.\d{3}):\d{1,20}\): ?/;

/** Names of the numbers that kernels log when no audit daemon runs (linux/audit.h). */
const TYPES = new Map([
  ["1300", "SYSCALL"],
  ["1326", "SECCOMP"],
  ["1400", "AVC"],
]);

/** Longest text before `type=`: a syslog header and a node. */
const MAX_HEAD = 600;

/** The id of an event of Laurel: the time and the number that all its records share. */
const EVENT_ID = /^(\d{9,10}\.\d{3}):\d{1,20}$/;

/** Reads a record from a line, which a syslog header may stand before; undefined for any other text. */
export function auditRecordIn(text: string | undefined): AuditRecord | undefined {
  if (text === undefined || !text.slice(0, MAX_HEAD).includes("audit(")) return undefined;
  const head = HEAD.exec(text.slice(0, MAX_HEAD));
  if (!head) return undefined;
  const [all, node, type = "", time] = head;
  // An enriched record ends with names for its numbers, after a group separator.
  const [body = "", names = ""] = text.slice(head.index + all.length, 16_384).split("\x1d", 2);
  const outer = pairsIn(body.replace(/\bavc: +(\w+) +\{ ([^}]{1,200}) \} for/, "seresult=$1 seperms='$2'"));
  const fields = new Map([...outer, ...pairsIn(unbraced(outer.get("msg") ?? ""))]);
  for (const [number, name] of pairsIn(names)) fields.set(`${number}_name`, name);
  const account = fields.get("acct");
  if (account !== undefined && !body.includes('acct="')) fields.set("acct", fromHex(account));
  return { isText: true, type: TYPES.get(type) ?? type, time, node, fields };
}

/** A program's message of older systems has its last fields in parentheses, with commas: `(hostname=?, addr=?, res=failed)`. */
function unbraced(message: string): string {
  const at = message.indexOf("(hostname=");
  return at < 0 ? message : message.slice(0, at) + message.slice(at).replace(/[(),]/g, " ");
}

/**
 * Reads an event of Laurel: records under their types, of which the first that has a field counts.
 *
 * @param types records, one of which it must have
 */
export function laurelRecordIn(details: JsonObject, types: readonly string[]): AuditRecord | undefined {
  const id = textAt(details, "id");
  const time = id === undefined ? undefined : EVENT_ID.exec(id)?.[1];
  if (time === undefined || !types.some((name) => details[name] !== undefined)) return undefined;
  const records = Object.entries(details).filter(([name, value]) => !name.startsWith("_") && isRecord(value));
  const fields = new Map<string, string>();
  for (const record of records.flatMap(([, value]) => value).filter(isObject)) addFields(fields, record);
  for (const [name, value] of pairsIn(fields.get("saddr")?.replace(/[{}]/g, " ") ?? "")) fields.set(name, value);
  const type = records[0]?.[0].toUpperCase();
  return type === undefined ? undefined : { isText: false, type, time, node: textAt(details, "node"), fields };
}

/** Of a type that one event may have several records of, Laurel makes a list. */
function isRecord(value: Json): boolean {
  return isObject(value) || (Array.isArray(value) && value.some(isObject));
}

/** The fields of a record, and those of a user-space program's message in it, as text or taken apart. */
function addFields(fields: Map<string, string>, record: JsonObject): void {
  for (const [name, value] of Object.entries(record)) {
    if (fields.has(name)) continue;
    if (typeof value === "string" || typeof value === "number") fields.set(name, String(value));
  }
  const { msg } = record;
  if (isObject(msg)) addFields(fields, { ...msg, msg: null });
  for (const [name, value] of typeof msg === "string" ? pairsIn(msg) : [])
    if (!fields.has(name)) fields.set(name, value);
}

/** An account that is not in quotes is in hexadecimal: it has blanks, quotes or other characters that need it. */
function fromHex(text: string): string {
  return /^(?:[0-9A-F]{2})+$/.test(text) ? Buffer.from(text, "hex").toString() : text;
}
