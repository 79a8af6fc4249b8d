/**
 * The log events of a CloudWatch Logs subscription, as AWS writes them (User Guide, "Subscription filters"), whose messages are
 * JSON objects: taken out of it byte by byte, so that neither the envelope nor a message is made a text.
 */

import { isUtf8 } from "node:buffer";
import { BACKSLASH, BRACE, BRACE_CLOSED, BRACKET_CLOSED, COMMA, NEWLINE, QUOTE } from "./bytes.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { millisecondsOf, toUTC } from "./time.ts";

const START = Buffer.from('{"messageType":"DATA_MESSAGE"');
const LIST = Buffer.from(',"logEvents":[');
const ID = Buffer.from('{"id":"');
const TIME = Buffer.from('","timestamp":');
const MESSAGE = Buffer.from(',"message":"');

/** What a character behind a backslash stands for; 0 for `u`, and for what JSON does not know. */
const ESCAPED = new Uint8Array(256);
for (const [name, character] of [..."nrtbf"].map((name, i) => [name, "\n\r\t\b\f"[i] ?? ""] as const))
  ESCAPED[name.charCodeAt(0)] = character.charCodeAt(0);
for (const byte of [QUOTE, BACKSLASH, 0x2f]) ESCAPED[byte] = byte;

/** Digits of a time that is surely a safe integer. */
const MAX_DIGITS = 15;

export interface Subscription {
  /** The fields of the envelope but for what is unwrapped, as JSON that is to be continued. */
  readonly facts: Buffer;
  readonly logEvents: readonly LogEvent[];
  /** The subscription with one of its log events. */
  alone(logEvent: LogEvent): Buffer;
}

/** Where a log event stands in the bytes. */
export interface LogEvent {
  /** Of `"id":"…","timestamp":…`, as it was written. */
  readonly start: number;
  readonly end: number;
  readonly timeMs: number;
  /** Of its message, without a line end: an object for all one can see. */
  readonly messageStart: number;
  readonly messageEnd: number;
}

export function isSubscription(bytes: Uint8Array): boolean {
  return bytes.length > START.length && isAt(bytes, 0, START);
}

/**
 * Finds the log events, and unescapes their messages where they stand.
 *
 * @param bytes of a subscription; they are changed, even when the answer is undefined
 * @returns undefined when there is anything unusual about one of them, such as a message that is no object
 */
export function subscriptionIn(bytes: Buffer): Subscription | undefined {
  const list = bytes.indexOf(LIST);
  if (list < 0 || !isUtf8(bytes)) return undefined;
  const envelope = parsed(`${bytes.toString("utf8", 0, list)}}`);
  const facts = envelope && factsOf(envelope);
  if (facts === undefined || typeof envelope?.logGroup !== "string") return undefined;
  const logEvents = logEventsIn(bytes, list + LIST.length);
  if (!logEvents) return undefined;
  return { facts: Buffer.from(facts), logEvents, alone: (logEvent) => alone(bytes, envelope, logEvent) };
}

function parsed(json: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only texts, and lists of them. */
function factsOf({ messageType, ...rest }: JsonObject): string | undefined {
  if (messageType !== "DATA_MESSAGE") return undefined;
  const names = new Set(["id", "timestamp", "message", "logevents"]);
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

function alone(bytes: Buffer, envelope: JsonObject, { start, end, messageStart, messageEnd }: LogEvent): Buffer {
  const hasNewline = bytes[messageEnd] === NEWLINE;
  const message = bytes.toString("utf8", messageStart, hasNewline ? messageEnd + 1 : messageEnd);
  const logEvent = { ...parsed(`{${bytes.toString("utf8", start, end)}}`), message };
  return Buffer.from(JSON.stringify({ ...envelope, logEvents: [logEvent] }));
}

/** The log events up to the end of the subscription, which nothing but line ends may follow. */
function logEventsIn(bytes: Buffer, from: number): LogEvent[] | undefined {
  const logEvents: LogEvent[] = [];
  for (let at = from; ; at++) {
    const logEvent = logEventAt(bytes, at);
    if (!logEvent) return undefined;
    logEvents.push(logEvent);
    at = unescaped.end + 2; // behind the quote and the brace
    if (bytes[at - 1] !== BRACE_CLOSED) return undefined;
    if (bytes[at] === COMMA) continue;
    const isEnd = bytes[at] === BRACKET_CLOSED && bytes[at + 1] === BRACE_CLOSED;
    return isEnd && isBlank(bytes, at + 2) ? logEvents : undefined;
  }
}

function isBlank(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== NEWLINE) return false;
  return true;
}

function logEventAt(bytes: Buffer, at: number): LogEvent | undefined {
  if (!isAt(bytes, at, ID)) return undefined;
  const quote = quoteAfter(bytes, at + ID.length);
  if (!isAt(bytes, quote, TIME)) return undefined;
  const time = quote + TIME.length;
  const end = digitsEnd(bytes, time);
  if (end === undefined || !isAt(bytes, end, MESSAGE)) return undefined;
  const timeMs = timeOf(Number(bytes.toString("latin1", time, end)));
  if (timeMs === undefined) return undefined;
  const messageStart = end + MESSAGE.length;
  if (!unescapeMessage(bytes, messageStart)) return undefined;
  const { to } = unescaped;
  const messageEnd = bytes[to - 1] === NEWLINE ? to - 1 : to;
  if (bytes[messageStart] !== BRACE || bytes[messageEnd - 1] !== BRACE_CLOSED) return undefined;
  bytes[to] = 0; // not a line end, unless it is the message's own
  return { start: at + 1, end, timeMs, messageStart, messageEnd };
}

function timeOf(timestamp: number): number | undefined {
  if (timestamp === lastTime.timestamp) return lastTime.timeMs;
  const utc = toUTC(timestamp, 0);
  lastTime = { timestamp, timeMs: utc === undefined ? undefined : millisecondsOf(utc) };
  return lastTime.timeMs;
}

/** Log events of one millisecond follow each other. */
let lastTime: { readonly timestamp: number; readonly timeMs: number | undefined } = { timestamp: 0, timeMs: undefined };

/** The quote that ends a text; of one that has something escaped or is no text, a place where nothing is as it should be. */
function quoteAfter(bytes: Buffer, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) >= 0x20 && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at++;
  return at;
}

/** Undefined for anything but an integer that is written as JSON.stringify would. */
function digitsEnd(bytes: Buffer, from: number): number | undefined {
  let at = from;
  while (isDigit(bytes[at])) at++;
  const hasLeadingZero = bytes[from] === 0x30 && at > from + 1;
  return at === from || at > from + MAX_DIGITS || hasLeadingZero ? undefined : at;
}

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** What `unescapeMessage` did last: where the text ended, at its quote, and where it ends without its escapes. */
const unescaped = { end: 0, to: 0 };

/** Undoes the escapes of a JSON string where it stands; false when it has one that is not of a character, or does not end. */
function unescapeMessage(bytes: Buffer, start: number): boolean {
  let to = start;
  let at = start;
  for (; bytes[at] !== QUOTE; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === BACKSLASH) byte = ESCAPED[bytes[++at] ?? 0] ?? 0;
    else if (byte < 0x20) return false;
    if (byte === 0) return false;
    bytes[to++] = byte;
  }
  unescaped.end = at;
  unescaped.to = to;
  return true;
}

function isAt(bytes: Uint8Array, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
