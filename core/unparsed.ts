/**
 * The documents of payloads as producers usually make them, told apart without parsing: an object a line, plain, compressed
 * or aggregated, and the log events of CloudWatch Logs. Whether each is a document that nothing is odd about shows when it
 * is run (core/run-bytes.ts); core/decode.ts reads every payload, and is the reference.
 */

import { type Expanded, expand } from "./expand.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { deaggregate } from "./kpl.ts";
import { type Budget, MAX_DOCUMENTS, MAX_EXPANDED_BYTES } from "./limits.ts";
import { formatAt } from "./member.ts";
import { millisecondsOf, toUTC } from "./time.ts";

/** Bytes that may be a document, and its place; see `Draft` in core/document.ts. */
export interface Unparsed {
  readonly bytes: Uint8Array;
  readonly payload: () => Uint8Array;
  readonly subsequence: number;
  readonly index: number;
  readonly partitionKey?: string | undefined;
  readonly timeMs?: number | undefined;
  /** True when the bytes are a line of the payload, not made from one. */
  readonly isLine: boolean;
}

const BRACE = 0x7b;
const BRACE_CLOSED = 0x7d;
const NEWLINE = 0x0a;

/** @returns undefined for a payload of any other kind */
export function unparsedIn(payload: Uint8Array): Unparsed[] | undefined {
  const left: Budget = { bytes: MAX_EXPANDED_BYTES, documents: MAX_DOCUMENTS };
  const records = deaggregate(payload);
  if (!records) return documentsIn(payload, 0, undefined, left);
  const documents: Unparsed[] = [];
  for (const [subsequence, { data, partitionKey }] of records.entries()) {
    const more = documentsIn(data, subsequence, partitionKey, left);
    if (!more) return undefined;
    for (const document of more) documents.push(document);
  }
  return documents.length > 0 && documents.length <= MAX_DOCUMENTS ? documents : undefined;
}

function documentsIn(
  payload: Uint8Array,
  subsequence: number,
  partitionKey: string | undefined,
  left: Budget,
): Draft[] | undefined {
  const bytes = expanded(payload, left);
  if (bytes?.[0] !== BRACE) return undefined;
  const isLogs = bytes.length > LOGS.length && LOGS.compare(bytes, 0, LOGS.length) === 0;
  const documents = isLogs ? logEventsIn(bytes) : linesIn(bytes);
  left.documents -= documents?.length ?? 0;
  if (!documents || left.documents < 0) return undefined;
  for (const document of documents) {
    document.subsequence = subsequence;
    document.partitionKey = partitionKey;
  }
  if (documents.length === 1 && documents[0]) documents[0].payload = () => payload;
  return documents;
}

function expanded(payload: Uint8Array, left: Budget): Uint8Array | undefined {
  if (!formatAt(payload, 0)) return payload;
  let result: Expanded;
  try {
    result = expand(payload, left);
  } catch {
    return undefined; // the reference says what is wrong with it
  }
  return result.cut || result.flaws.length > 0 ? undefined : result.bytes;
}

type Draft = { -readonly [name in keyof Unparsed]: Unparsed[name] };

function draftOf(bytes: Uint8Array, payload: () => Uint8Array, index: number, timeMs: number | undefined): Draft {
  return { bytes, payload, subsequence: 0, index, partitionKey: undefined, timeMs, isLine: timeMs === undefined };
}

/** The lines, if each begins and ends as an object does. */
function linesIn(bytes: Uint8Array): Draft[] | undefined {
  const lines: Draft[] = [];
  for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
    const newline = bytes.indexOf(NEWLINE, at);
    end = newline < 0 ? bytes.length : newline;
    const until = withoutBlanks(bytes, at, end);
    if (until === at) continue;
    if (bytes[at] !== BRACE || bytes[until - 1] !== BRACE_CLOSED) return undefined;
    const line = bytes.subarray(at, until);
    lines.push(draftOf(line, () => line, lines.length, undefined));
  }
  return lines.length > 0 ? lines : undefined;
}

/** The end of a line without the blanks there. */
function withoutBlanks(bytes: Uint8Array, at: number, end: number): number {
  let until = end;
  while (until > at && isBlank(bytes[until - 1])) until--;
  return until;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x09;
}

const LOGS = Buffer.from('{"messageType":"DATA_MESSAGE"');

/** The documents of a CloudWatch Logs subscription whose messages are objects, with what it says of them within. */
function logEventsIn(bytes: Uint8Array): Draft[] | undefined {
  const envelope = parsed(bytes);
  const facts = envelope && factsOf(envelope);
  if (!facts || !Array.isArray(envelope.logEvents) || typeof envelope.logGroup !== "string") return undefined;
  const documents = envelope.logEvents.map((logEvent, i) => logDocument(envelope, facts, logEvent, i));
  const isWhole = documents.length > 0 && documents.every((document) => document !== undefined);
  return isWhole ? documents : undefined;
}

function parsed(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The fields of the envelope but for what is unwrapped, as JSON that is to be continued: texts, and lists of them. */
function factsOf({ messageType: _, logEvents: __, ...rest }: JsonObject): string | undefined {
  const names = new Set(["id", "timestamp", "message"]);
  let json = "";
  for (const [key, value] of Object.entries(rest)) {
    const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
    const name = key.toLowerCase();
    if (names.has(name) || /^\d+$/.test(name) || !(typeof value === "string" || isTexts)) return undefined;
    names.add(name);
    json += `${JSON.stringify(name)}:${JSON.stringify(value)},`;
  }
  return json;
}

/** @returns undefined for a log event that has anything unusual, or a message that is no object for all one can see */
function logDocument(envelope: JsonObject, facts: string, logEvent: Json, index: number): Draft | undefined {
  if (!isObject(logEvent)) return undefined;
  const { id, timestamp, message, ...others } = logEvent;
  if (typeof id !== "string" || typeof message !== "string" || Object.keys(others).length > 0) return undefined;
  if (!Number.isSafeInteger(timestamp) || Object.keys(logEvent)[0] !== "id" || Object.keys(logEvent)[1] !== "timestamp")
    return undefined;
  const text = message.endsWith("\n") ? message.slice(0, -1) : message;
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  const own = `{${facts}"id":${JSON.stringify(id)},"timestamp":${timestamp}}`;
  const utc = toUTC(timestamp, 0);
  if (utc === undefined) return undefined;
  const bytes = Buffer.from(`${text.slice(0, -1)},"_cloudwatchlogs":${own}}`);
  const payload = () => Buffer.from(JSON.stringify({ ...envelope, logEvents: [logEvent] }));
  return draftOf(bytes, payload, index, millisecondsOf(utc));
}
