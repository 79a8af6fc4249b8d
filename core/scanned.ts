import { latin1At } from "./buffers.ts";
import { bytesAt, constant, numbersAt, scanner } from "./scanner.ts";

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
  /** False until {@link tellTexts} has told their kinds. */
  areTold: boolean;
  /** Which of the base's fields it is in. */
  readonly field: Int32Array;
  /** Where it stands in `text`, without its quotes. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** What it may be: see {@link TEXT_KINDS}. */
  readonly kind: Int32Array;
}

/** What the scanner can tell of a text: see core/scanner/text.ts. */
export const TEXT_KINDS = {
  any: constant("ANY"),
  words: constant("WORDS"),
  arn: constant("ARN"),
  ipv4: constant("IPV4"),
  name: constant("NAME"),
} as const;

/** What a scan found. */
export interface Scanned {
  /** The document with lower-case keys, as it was written otherwise; from 0 to `textEnd`. */
  readonly text: Buffer;
  textEnd: number;
  /** True when each byte is a character. */
  isAscii: boolean;
  /** True when some text has an escape sequence. */
  hasEscapes: boolean;
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
}

const MAX_FOUND = constant("MAX_FOUND");
const MAX_TEXTS = constant("MAX_TEXTS");

const foundColumn = (i: number) => numbersAt(constant("FOUND") + i * MAX_FOUND * 4, MAX_FOUND);
const textsColumn = (i: number) => numbersAt(constant("TEXTS") + i * MAX_TEXTS * 4, MAX_TEXTS);

/** The scanner's memory, and what the last scan found there. */
export const scanned: Scanned = {
  text: bytesAt(constant("TEXT"), constant("MAX_BYTES") + 1),
  textEnd: 0,
  isAscii: true,
  hasEscapes: false,
  escaped: bytesAt(constant("ESCAPED"), 2 * constant("MAX_BYTES")),
  end: 0,
  root: 0,
  base: 0,
  starts: numbersAt(constant("STARTS"), constant("MAX_FIELDS") + 1),
  fields: 0,
  others: 0,
  found: {
    count: 0,
    name: foundColumn(0),
    object: foundColumn(1),
    field: foundColumn(2),
    inner: foundColumn(3),
    start: foundColumn(4),
    end: foundColumn(5),
  },
  texts: {
    count: 0,
    areTold: false,
    field: textsColumn(0),
    start: textsColumn(1),
    end: textsColumn(2),
    kind: textsColumn(3),
  },
  hasPlainNumbers: true,
};

/** A part of the text, as a string of its own: a part of a longer string is slower to read, and keeps all of that. */
export function partOf({ text, isAscii }: Scanned, start: number, end: number): string {
  return isAscii ? latin1At(text, start, end) : text.toString("utf8", start, end);
}

/** Tells the kinds of the texts, and leaves out those that hold nothing: only when they are asked for, since it takes time. */
export function tellTexts({ texts }: Scanned): Texts {
  if (!texts.areTold) texts.count = scanner.tellTexts(texts.count);
  texts.areTold = true;
  return texts;
}
