import { isUtf8 } from "node:buffer";
import { parseJson } from "../../core/json.ts";
import { isBlank, opens, type Scan, type Scanned, scanContainer, scanScalar } from "./scan.ts";

/** A part of an object's text. Every piece has a position of its own, whatever its kind. */
export type Piece =
  /** One JSON value, byte for byte. */
  | { readonly kind: "document"; readonly bytes: Buffer }
  /** What is no JSON: as a rule one line. */
  | { readonly kind: "broken"; readonly bytes: Buffer }
  /** What cannot be handed on, only referred to. */
  | { readonly kind: "error"; readonly code: "too_large" | "unreadable_object"; readonly message: string };

export interface Splitter {
  /** The pieces that are complete with these bytes. */
  push(bytes: Buffer): Piece[];
  /** The pieces that the end of the text completes. */
  end(): Piece[];
}

interface Value {
  /** `tail` is what follows the list of `{"Records":[...]}`: it is passed over. */
  readonly kind: "container" | "scalar" | "line" | "tail";
  readonly scan: Scan;
  /** Place in the text, in bytes from 0. */
  readonly offset: number;
}

/** CloudTrail's file, and those of services that write alike: the key before all others, so that it is seen at once. */
const RECORDS = /^\{\s*"Records"\s*:\s*\[/;
const RECORDS_HEAD_BYTES = 64;

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const CLOSE_BRACKET = 0x5d;

/**
 * Cuts a text that comes in parts into documents: NDJSON, JSON values one after another on as many lines as they like,
 * the items of a list, the items of `{"Records":[...]}`. Any other line is a piece by itself.
 *
 * Memory stays at `limitBytes` plus what was pushed: of a larger value only the place is kept. The pieces do not depend
 * on how the text was cut into parts.
 *
 * Why no JSON tokenizer does this: those there are end for good at the first error (`NaN` is one), and hold a string of
 * any length; brackets and strings are all that is needed to find where a document ends.
 */
export function createSplitter(limitBytes: number): Splitter {
  let buffer: Buffer = Buffer.alloc(0);
  /** Where in the buffer the value begins, or what is not looked at yet. */
  let start = 0;
  /** Place of the buffer in the text. */
  let base = 0;
  /** Bytes of the value that are not kept any more. */
  let dropped = 0;
  let value: Value | undefined;
  /** A comma there is no text but stands between two documents. */
  let isAfterDocument = false;
  let list: { readonly inObject: boolean; items: number } | undefined;

  return {
    push(bytes) {
      const rest = buffer.subarray(start);
      if (value) move(value.scan, -start);
      base += start;
      start = 0;
      buffer = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      return takeAll(false);
    },
    end: () => [...takeAll(true), ...(list ? [unended()] : [])],
  };

  function takeAll(isEnd: boolean): Piece[] {
    const pieces: Piece[] = [];
    while (!value ? begin(pieces, isEnd) : finish(pieces, isEnd));
    return pieces;
  }

  /** Finds the next value. @returns false when there is none yet */
  function begin(pieces: Piece[], isEnd: boolean): boolean {
    while (isBlank(buffer[start]) || (buffer[start] === COMMA && (list || isAfterDocument))) start++;
    if (start === buffer.length) return false;
    if (list && buffer[start] === CLOSE_BRACKET) return endList(list, pieces);
    if (list) return beginValue(opens(buffer[start]) ? "container" : "scalar");
    if (!opens(buffer[start])) return beginValue("line");
    if (buffer.length - start < RECORDS_HEAD_BYTES && !isEnd) return false;
    const head = buffer.toString("latin1", start, start + RECORDS_HEAD_BYTES);
    const opening = head.startsWith("[") ? "[" : RECORDS.exec(head)?.[0];
    if (opening === undefined) return beginValue("container");
    start += opening.length;
    list = { inObject: opening !== "[", items: 0 };
    return true;
  }

  function beginValue(kind: Value["kind"], depth = 0): boolean {
    if (list) list.items++;
    value = { kind, offset: base + start, scan: { at: start, depth, inString: false, strictTo: start + limitBytes } };
    return true;
  }

  /** A list without an item is handed on as it is: what to make of it is not decided here. */
  function endList({ inObject, items }: NonNullable<typeof list>, pieces: Piece[]): boolean {
    start++;
    list = undefined;
    if (items === 0) pieces.push({ kind: "document", bytes: Buffer.from(inObject ? '{"Records":[]}' : "[]") });
    return inObject ? beginValue("tail", 1) : true;
  }

  /** Completes the value. @returns false when it is not complete yet */
  function finish(pieces: Piece[], isEnd: boolean): boolean {
    if (!value) return true;
    const { kind, scan, offset } = value;
    const scanned = scanValue(kind, scan, isEnd);
    if (scanned === "more") {
      forget(scan);
      return false;
    }
    if (kind !== "tail") pieces.push(take(kind, scan, scanned, offset));
    isAfterDocument = kind === "container";
    start = scan.at;
    dropped = 0;
    value = undefined;
    return true;
  }

  function scanValue(kind: Value["kind"], scan: Scan, isEnd: boolean): Scanned {
    const scanned = kind === "line" ? scanLine(scan) : (kind === "scalar" ? scanScalar : scanContainer)(buffer, scan);
    if (scanned !== "more" || !isEnd) return scanned;
    scan.at = buffer.length;
    return kind === "container" || kind === "tail" ? "broken" : "end";
  }

  function scanLine(scan: Scan): Scanned {
    const newline = buffer.indexOf(NEWLINE, scan.at);
    scan.at = newline < 0 ? buffer.length : newline;
    return newline < 0 ? "more" : "end";
  }

  /** A value over the limit is not kept. */
  function forget(scan: Scan): void {
    if (dropped === 0 && scan.at - start <= limitBytes) return;
    dropped += scan.at - start;
    start = scan.at;
  }

  function take(kind: Value["kind"], scan: Scan, scanned: Scanned, offset: number): Piece {
    const length = dropped + scan.at - start;
    if (length > limitBytes) return tooLarge(offset, length);
    const bytes = trimmed(buffer.subarray(start, scan.at));
    if (scanned === "end" && isJson(bytes)) return { kind: "document", bytes };
    if (kind === "container") scan.at = endOfBroken(scan.at);
    return { kind: "broken", bytes: trimmed(buffer.subarray(start, scan.at)) };
  }

  /** A broken document costs its neighbours nothing: it ends before the next line that begins like a document. */
  function endOfBroken(end: number): number {
    for (let at = buffer.indexOf(NEWLINE, start); at >= 0 && at + 1 < end; at = buffer.indexOf(NEWLINE, at + 1)) {
      if (opens(buffer[at + 1])) return at;
    }
    return end;
  }
}

function move(scan: Scan, bytes: number): void {
  scan.at += bytes;
  scan.strictTo += bytes;
}

function tooLarge(offset: number, length: number): Piece {
  const message = `bytes ${offset} to ${offset + length - 1} of the object's text are one document of ${length} bytes`;
  return { kind: "error", code: "too_large", message: `${message}, more than a record of the stream holds` };
}

function unended(): Piece {
  const message = "the object ends within a list: it may have been cut off; what is there was taken";
  return { kind: "error", code: "unreadable_object", message };
}

function trimmed(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && isBlank(bytes[end - 1])) end--;
  return bytes.subarray(0, end);
}

/** First bytes of JSON, and of the `NaN` and `Infinity` that core takes for it. */
const BEGINNINGS = new Set(Buffer.from('{["-0123456789tfnNI'));

function isJson(bytes: Buffer): boolean {
  if (!BEGINNINGS.has(bytes[0] ?? 0) || !isUtf8(bytes)) return false;
  // Every character of JSON's own is ASCII, so Latin-1, which is read faster, gives the same answer as UTF-8.
  return parses(JSON.parse, bytes.toString("latin1")) || parses(parseJson, bytes.toString());
}

function parses(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
