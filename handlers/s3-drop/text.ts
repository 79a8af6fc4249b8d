import { UnreadableObject } from "./errors.ts";

/** Parts are handed on in pieces of this size, so that nobody downstream works long without looking at the clock. */
const PIECE_BYTES = 64 * 1024;

/** How far to look for a zero byte, which no text has. */
const HEAD_BYTES = 4096;

/** What a stranger's object may begin with; the name helps whoever finds it in quarantine. */
const FORMATS: Readonly<Record<string, string>> = {
  "PK\u0003\u0004": "a zip archive",
  BZh91AY: "bzip2",
  "\u00fd7zXZ": "xz",
  "Obj\u0001": "an Avro file",
  PAR1: "a Parquet file",
};

/**
 * UTF-8 text without its byte order mark; UTF-16, as PowerShell writes it, becomes UTF-8.
 *
 * @throws {UnreadableObject} for what is no text
 */
export async function* textOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let toUtf8: ((bytes: Buffer) => Buffer) | undefined;
  for await (const part of bytes) {
    const isFirst = toUtf8 === undefined;
    toUtf8 ??= encodingOf(part);
    const text = isFirst ? withoutMark(toUtf8(part)) : toUtf8(part);
    for (let at = 0; at < text.length; at += PIECE_BYTES) yield text.subarray(at, at + PIECE_BYTES);
  }
}

function encodingOf(bytes: Buffer): (bytes: Buffer) => Buffer {
  const utf16 = utf16Of(bytes);
  if (utf16) {
    const decoder = new TextDecoder(utf16);
    return (part) => Buffer.from(decoder.decode(part, { stream: true }));
  }
  const head = bytes.toString("latin1", 0, HEAD_BYTES);
  const format = Object.entries(FORMATS).find(([magic]) => head.startsWith(magic))?.[1];
  if (format === undefined && !head.includes("\0")) return (part) => part;
  const starts = bytes.subarray(0, 8).toString("hex");
  throw new UnreadableObject(`it is no text but ${format ?? "binary"} (starts ${starts})`);
}

function utf16Of([first, second]: Buffer): "utf-16le" | "utf-16be" | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

function withoutMark(text: Buffer): Buffer {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? text.subarray(3) : text;
}
