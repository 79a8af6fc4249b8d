/**
 * The documents of payloads as producers usually make them, told apart without parsing: an object a line, a list of objects, and
 * the log events of CloudWatch Logs; plain, compressed or aggregated. Whether each is a document that nothing is odd about shows when it
 * is run (core/run-bytes.ts); core/decode.ts reads every payload, and is the reference.
 */

import { free } from "./buffers.ts";
import { BRACE, BRACE_CLOSED, NEWLINE } from "./bytes.ts";
import { type Expanded, expand } from "./expand.ts";
import { parseJson } from "./json.ts";
import { deaggregate } from "./kpl.ts";
import { type Budget, MAX_DOCUMENTS, MAX_EXPANDED_BYTES } from "./limits.ts";
import { isList, listIn } from "./list.ts";
import { formatAt } from "./member.ts";
import { isSubscription, type LogEvent, type Subscription, subscriptionIn } from "./subscription.ts";

/** Bytes that may be a document, and its place; see `Draft` in core/document.ts. */
export interface Unparsed {
  /** Valid until the next document is asked for. */
  readonly bytes: Uint8Array;
  readonly payload: () => Uint8Array;
  readonly subsequence: number;
  readonly index: number;
  readonly partitionKey: string | undefined;
  readonly timeMs: number | undefined;
  /** True when the bytes are a line of the payload, not made from one. */
  readonly isLine: boolean;
  /** Whether a line that is no document says nothing about those around it. */
  readonly isApart: () => boolean;
}

/** One by one, and at the end: whether these were all. If not, the decoder must read what follows. */
export type UnparsedDocuments = Generator<Unparsed, boolean>;

/** The fewest bytes that a line with a document has: `{"":0}` and its end. */
const MIN_LINE_BYTES = 7;

export function* unparsedIn(payload: Uint8Array): UnparsedDocuments {
  const left: Budget = { bytes: MAX_EXPANDED_BYTES, documents: MAX_DOCUMENTS };
  const records = deaggregate(payload);
  if (!records) return yield* documentsIn({ payload, subsequence: 0, partitionKey: undefined }, left);
  for (const [subsequence, { data, partitionKey }] of records.entries()) {
    const isAll = yield* documentsIn({ payload: data, subsequence, partitionKey }, left);
    if (!isAll) return false;
  }
  return records.length > 0;
}

/** What documents are part of: the payload, or a user record of it. */
interface Whole {
  readonly payload: Uint8Array;
  readonly subsequence: number;
  readonly partitionKey: string | undefined;
}

function* documentsIn(whole: Whole, left: Budget): UnparsedDocuments {
  const bytes = expanded(whole.payload, left);
  if (!bytes) return false;
  try {
    if (isList(bytes)) return yield* itemsIn(bytes, whole, left);
    if (isSubscription(bytes)) return yield* logEventsIn(bytes, whole, left);
    return yield* linesIn(bytes, whole, left);
  } finally {
    if (bytes.buffer !== whole.payload.buffer) free(bytes);
  }
}

function expanded(payload: Uint8Array, left: Budget): Buffer | undefined {
  if (!formatAt(payload, 0)) return bufferOf(payload);
  let result: Expanded;
  try {
    result = expand(payload, left);
  } catch {
    return undefined; // the reference says what is wrong with it
  }
  return result.cut || result.flaws.length > 0 ? undefined : bufferOf(result.bytes);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The lines, as long as each begins and ends as an object does. */
function* linesIn(bytes: Buffer, { payload, subsequence, partitionKey }: Whole, left: Budget): UnparsedDocuments {
  if (bytes.length > left.documents * MIN_LINE_BYTES && linesOf(bytes) > left.documents) return false;
  let index = 0;
  for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
    const newline = bytes.indexOf(NEWLINE, at);
    end = newline < 0 ? bytes.length : newline;
    const until = withoutBlanks(bytes, at, end);
    if (until === at) continue;
    if (bytes[at] !== BRACE || bytes[until - 1] !== BRACE_CLOSED) return false;
    if (--left.documents < 0) return false;
    const line = bytes.subarray(at, until);
    const isOnly = index === 0 && isBlankFrom(bytes, end);
    const own = () => (isOnly ? payload : line);
    const place = { subsequence, index, partitionKey };
    const isApart = place.index > 0 ? () => isBeforeObject(bytes, newline) : never;
    yield { ...place, bytes: line, payload: own, timeMs: undefined, isLine: true, isApart };
    index++;
  }
  return index > 0;
}

function never(): boolean {
  return false;
}

/** Whether the next line that is not blank, if there is one, begins as an object does. */
function isBeforeObject(bytes: Buffer, newline: number): boolean {
  let at = newline < 0 ? bytes.length : newline;
  while (isBlank(bytes[at]) || bytes[at] === NEWLINE) at++;
  return at === bytes.length || (bytes[at] === BRACE && bytes[at - 1] === NEWLINE);
}

function linesOf(bytes: Buffer): number {
  let lines = 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/** The end of a line without the blanks there. */
function withoutBlanks(bytes: Uint8Array, at: number, end: number): number {
  let until = end;
  while (until > at && isBlank(bytes[until - 1])) until--;
  return until;
}

function isBlankFrom(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (isBlank(bytes[at]) || bytes[at] === NEWLINE) at++;
  return at === bytes.length;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x09;
}

function* itemsIn(bytes: Buffer, { payload, subsequence, partitionKey }: Whole, left: Budget): UnparsedDocuments {
  const list = listIn(bytes);
  if (!list) return false;
  const { starts, ends, isWithin } = list;
  left.documents -= starts.length;
  if (left.documents < 0) return false;
  for (let index = 0; index < starts.length; index++) {
    const item = bytes.subarray(starts[index], ends[index]);
    const own = () => (starts.length === 1 ? payload : isWithin ? rewritten(item) : item);
    yield {
      bytes: item,
      payload: own,
      subsequence,
      index,
      partitionKey,
      timeMs: undefined,
      isLine: false,
      isApart: never,
    };
  }
  return true;
}

/** As what is taken out of an envelope is quarantined. */
function rewritten(json: Buffer): Buffer {
  return Buffer.from(JSON.stringify(parseJson(json.toString())));
}

/** The documents of a CloudWatch Logs subscription, with what it says of them within. */
function* logEventsIn(bytes: Buffer, { payload, subsequence, partitionKey }: Whole, left: Budget): UnparsedDocuments {
  const own = bytes.buffer === payload.buffer ? Buffer.from(bytes) : bytes; // the payload is left as it is
  const subscription = subscriptionIn(own);
  if (!subscription) return false;
  const { logEvents, alone } = subscription;
  left.documents -= logEvents.length;
  if (left.documents < 0) return false;
  for (const [index, logEvent] of logEvents.entries()) {
    const document = documentOf(own, subscription, logEvent);
    const ownPayload = () => (logEvents.length === 1 ? payload : alone(logEvent));
    const { timeMs } = logEvent;
    yield {
      bytes: document,
      payload: ownPayload,
      subsequence,
      index,
      partitionKey,
      timeMs,
      isLine: false,
      isApart: never,
    };
  }
  return true;
}

const NAME = Buffer.from(',"_cloudwatchlogs":{');

/** The message, continued by what the subscription says of it. */
function documentOf(bytes: Buffer, { facts }: Subscription, logEvent: LogEvent): Buffer {
  const { start, end, messageStart, messageEnd } = logEvent;
  const length = messageEnd - messageStart + NAME.length + facts.length + end - start + 1;
  const document = roomFor(length);
  let at = bytes.copy(document, 0, messageStart, messageEnd - 1);
  at += NAME.copy(document, at);
  at += facts.copy(document, at);
  at += bytes.copy(document, at, start, end);
  document[at] = BRACE_CLOSED;
  document[at + 1] = BRACE_CLOSED;
  return document.subarray(0, length);
}

/** Longer documents are made in a buffer of their own. */
const ROOM_BYTES = 1 << 16;

/** Where one document after another is made. */
const room = Buffer.alloc(ROOM_BYTES);

function roomFor(bytes: number): Buffer {
  return bytes <= ROOM_BYTES ? room : Buffer.allocUnsafeSlow(bytes);
}
