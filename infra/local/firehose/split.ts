/** Sub-records of one record: RecordDeAggregation caps them (Firehose Developer Guide, "Dynamic partitioning"). */
export const MOST_SUBRECORDS = 500;

const [TAB, LF, CR, SPACE, QUOTE, BACKSLASH] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x5c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Splits a record into the JSON documents that it holds one after another, with or without white space in between.
 *
 * Only brackets, strings and control characters are looked at; whether a document is JSON is for jq to say. Documents
 * are returned on one line each: line breaks, which JSON allows only between tokens, are taken out.
 *
 * @returns undefined when the record is no such sequence of objects or arrays, or holds over 500
 */
export function splitJson(record: Uint8Array): Uint8Array[] | undefined {
  const documents: Uint8Array[] = [];
  for (let at = 0; at < record.length; ) {
    const byte = record[at];
    if (isSpace(byte)) {
      at++;
      continue;
    }
    const end = byte === OPEN_BRACE || byte === OPEN_BRACKET ? endOfDocument(record, at) : -1;
    if (end < 0 || documents.length === MOST_SUBRECORDS) return undefined;
    documents.push(onOneLine(record.subarray(at, end)));
    at = end;
  }
  return documents.length > 0 ? documents : undefined;
}

/** Index after the bracket that closes the one at `start`; -1 when there is none, or a raw control character inside. */
function endOfDocument(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (--depth === 0) return at + 1;
    } else if (byte < SPACE && !isSpace(byte)) return -1;
  }
  return -1;
}

/** Index of the quote that closes the string opened at `start`; -1 when it does not end or holds a control character. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
    else if (byte < SPACE) return -1;
  }
  return -1;
}

const isSpace = (byte: number | undefined): boolean => byte === SPACE || byte === LF || byte === CR || byte === TAB;

function onOneLine(document: Uint8Array): Uint8Array {
  if (!document.includes(LF) && !document.includes(CR)) return document;
  return document.filter((byte) => byte !== LF && byte !== CR);
}

/** Splits at each occurrence of a delimiter; empty sub-records are left out. Undefined when over 500 or none. */
export function splitDelimited(record: Uint8Array, delimiter: Uint8Array): Uint8Array[] | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(delimiter, at);
    const end = found < 0 ? bytes.length : found;
    if (end > at) pieces.push(record.subarray(at, end));
    at = end + delimiter.length;
  }
  return pieces.length > 0 && pieces.length <= MOST_SUBRECORDS ? pieces : undefined;
}
