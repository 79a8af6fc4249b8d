/** Asked-for fields beyond which a document is parsed. */
export const MAX_FOUND = 256;

/** Texts that may hold an indicator beyond which a document is parsed. */
export const MAX_TEXTS = 4096;

/** Fields of the first level beyond which a document is parsed. */
export const MAX_FIELDS = 1024;

/** The fields that plugins ask for, in columns: one entry is the same place of each. */
export interface Found {
  count: number;
  /** Its place in the asked-for names. */
  readonly name: Int32Array;
  /** The number of the object that holds it: in document order, an object before those within it. */
  readonly object: Int32Array;
  /** Which of the fields it is, from 0, when the object is the base. */
  readonly field: Int32Array;
  /** The number of the object that it is, if it is one. */
  readonly inner: Int32Array;
  /** Where its value stands in `text`. What is found within it comes before it. */
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Texts within the base that an address, a name or a digest may stand in, in document order; in columns. */
export interface Texts {
  count: number;
  /** Which of the base's fields it is in. */
  readonly field: Int32Array;
  /** Where it stands in `text`, without its quotes. */
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** What one scan found; it is overwritten by the next. */
export interface Scanned {
  /** The document with lower-case keys, as it was written otherwise; from 0 to `textEnd`. */
  readonly text: Buffer;
  textEnd: number;
  /** True when each byte is a character. */
  isAscii: boolean;
  /** The same as JSON.stringify would write it, within a JSON string; from 0 to `end`. */
  readonly escaped: Buffer;
  end: number;
  /** Numbers of the document, and of the object whose fields become those of `details`: itself, or its `details`. */
  root: number;
  base: number;
  /** Where each field of the base starts in `escaped`; one entry more, as if another followed. */
  readonly starts: Int32Array;
  fields: number;
  /** Fields of the document that nobody asks for. */
  others: number;
  readonly found: Found;
  readonly texts: Texts;
  /** False when some number may not print as it was written. */
  hasPlainNumbers: boolean;
  /** The text as a string, once it was asked for. */
  string: string | undefined;
}

/** @param maxBytes the longest document; an escape sequence is at most twice as long within a string, and so is a quote */
export function createScanned(maxBytes: number): Scanned {
  const column = (length: number) => new Int32Array(length);
  return {
    text: Buffer.alloc(maxBytes + 1),
    textEnd: 0,
    isAscii: true,
    escaped: Buffer.alloc(2 * maxBytes + 2),
    end: 0,
    root: 0,
    base: 0,
    starts: column(MAX_FIELDS + 1),
    fields: 0,
    others: 0,
    found: {
      count: 0,
      name: column(MAX_FOUND),
      object: column(MAX_FOUND),
      field: column(MAX_FOUND),
      inner: column(MAX_FOUND),
      start: column(MAX_FOUND),
      end: column(MAX_FOUND),
    },
    texts: { count: 0, field: column(MAX_TEXTS), start: column(MAX_TEXTS), end: column(MAX_TEXTS) },
    hasPlainNumbers: true,
    string: undefined,
  };
}

/** A part of the text. Of a text in ASCII, parts are made without copying: it is made a string once. */
export function partOf(scanned: Scanned, start: number, end: number): string {
  const { text, textEnd, isAscii } = scanned;
  if (!isAscii) return text.toString("utf8", start, end);
  scanned.string ??= text.toString("latin1", 0, textEnd);
  return scanned.string.slice(start, end);
}
