import { crc32, inflateRawSync } from "node:zlib";

/** What was expanded, and how many bytes of the input it stood in. */
export interface Expansion {
  readonly output: Uint8Array;
  readonly consumed: number;
}

/**
 * With `info`, node:zlib answers with its engine too, whose `bytesWritten` is the input it took; its types omit that. A used
 * engine stays in memory until the collector's next full run, and would keep the output's buffer there.
 */
export function expansionOf(answer: unknown): Expansion {
  const { buffer, engine } = answer as { buffer: Uint8Array; engine: { bytesWritten: number; _outBuffer: unknown } };
  engine._outBuffer = undefined;
  return { output: buffer, consumed: engine.bytesWritten };
}

/** Bits of a member's flags (RFC 1952, 2.3.1); the others are reserved. */
const FLAGS = { headerCheck: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

const TRAILER_BYTES = 8;

/**
 * Expands one gzip member and stops there, which node:zlib's own reader does not.
 *
 * @throws {Error} with code `Z_BUF_ERROR` when the member's end is missing, as node:zlib has it
 */
export function gzipMember(bytes: Uint8Array, maxOutputLength: number): Expansion {
  const start = dataStart(bytes);
  const { output, consumed } = expansionOf(inflateRawSync(bytes.subarray(start), { info: true, maxOutputLength }));
  const end = start + consumed + TRAILER_BYTES;
  if (bytes.length < end) throw endMissing();
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer.getUint32(0, true) !== crc32(output)) throw new Error("incorrect data check");
  if (trailer.getUint32(4, true) !== output.length) throw new Error("incorrect length check");
  return { output, consumed: end };
}

/** Where the deflated data starts, behind a header whose optional fields are skipped. */
function dataStart(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0;
  if ((bytes[2] ?? 8) !== 8 || flags & FLAGS.reserved) throw new Error("unknown compression method");
  let at = 10;
  if (flags & FLAGS.extra) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  if (flags & FLAGS.name) at = endOfText(bytes, at);
  if (flags & FLAGS.comment) at = endOfText(bytes, at);
  if (flags & FLAGS.headerCheck) at += 2;
  if (at > bytes.length) throw endMissing();
  return at;
}

function endOfText(bytes: Uint8Array, at: number): number {
  const zero = bytes.indexOf(0, at);
  if (zero < 0) throw endMissing();
  return zero + 1;
}

function endMissing(): Error {
  return Object.assign(new Error("unexpected end of file"), { code: "Z_BUF_ERROR" });
}
