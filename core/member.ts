import { constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { free } from "./buffers.ts";
import { type PipelineError, undecodable } from "./error.ts";
import { type Expansion, expansionOf, gzipMember } from "./gzip.ts";

export type Format = "gzip" | "zlib" | "zstd";

/**
 * What was expanded. With an error, the member is truncated (`cut`: the output is what stands before its missing
 * end) or broken (no output).
 */
export type Member =
  | (Expansion & { readonly error?: undefined })
  | { readonly output: Uint8Array; readonly cut: boolean; readonly error: PipelineError };

/** The second byte of zlib, by its level; the first is 0x78 for the window that everybody uses (RFC 1950, 2.2). */
const ZLIB_FLAGS = [0x01, 0x5e, 0x9c, 0xda];

/** Memory that a zstd frame may ask for beside its output, as a power of two: 32 MiB. Only `zstd --long` needs more. */
const ZSTD_WINDOW_LOG = 25;

/** The format that starts at a place, by its first bytes. */
export function formatAt(bytes: Uint8Array, at: number): Format | undefined {
  const first = bytes[at];
  const second = bytes[at + 1] ?? -1;
  if (first === 0x1f && second === 0x8b) return "gzip";
  if (first === 0x78 && ZLIB_FLAGS.includes(second)) return "zlib";
  if (first === ZSTD_MAGIC && second === 0xb5 && bytes[at + 2] === 0x2f && bytes[at + 3] === 0xfd) return "zstd";
  // A skippable frame (RFC 8878, 3.1.2), which pzstd writes before each frame.
  if (first === undefined || first >> 4 !== 5 || second !== 0x2a) return undefined;
  return bytes[at + 2] === 0x4d && bytes[at + 3] === 0x18 ? "zstd" : undefined;
}

/**
 * Expands the member at the start of the bytes.
 *
 * @param isFirst true to take all gzip members in one go; once that fails, those before the broken one are read singly
 * @throws {PipelineError} `expansion_limit` when the output would be over `maxBytes`
 */
export function readMember(format: Format, bytes: Uint8Array, maxBytes: number, isFirst: boolean): Member {
  const limit = Math.max(1, maxBytes);
  try {
    if (format === "zlib") return inflated(bytes, limit, isFirst ? bytes.length * MAX_FACTOR : 0);
    if (format === "zstd") return READERS.zstd(bytes, limit);
    return isFirst ? gzipMembers(bytes, limit) : gzipMember(bytes, limit);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "ERR_BUFFER_TOO_LARGE" || code === "ZSTD_error_frameParameter_windowTooLarge")
      throw undecodable("expansion_limit", `${format} expands beyond the ${maxBytes} bytes that are left`, cause);
    const why = cause instanceof Error ? cause.message : cause;
    const error = undecodable(`invalid_${format}`, `${format} cannot be read: ${why}`, cause);
    const output = code === "Z_BUF_ERROR" ? beforeCut(format, bytes, limit) : undefined;
    return { output: output ?? new Uint8Array(), cut: output !== undefined, error };
  }
}

/** What a truncated member holds before its end; undefined when it turns out to be broken as well. */
function beforeCut(format: Format, bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  try {
    return READERS[format](bytes, maxBytes, true).output;
  } catch {
    return undefined;
  }
}

type Reader = (bytes: Uint8Array, maxOutputLength: number, isCut?: boolean) => Expansion;

/** When `isCut`, the end of the input is a pause, and what was expanded until then is given out. */
const READERS: Readonly<Record<Format, Reader>> = {
  gzip: (bytes, maxOutputLength, isCut) => {
    const chunkSize = chunkFor(Math.min(sizeIn(bytes), bytes.length * MAX_FACTOR), maxOutputLength);
    return expansionOf(gunzipSync(bytes, { ...inflateOptions(maxOutputLength, isCut), chunkSize }));
  },
  zlib: (bytes, maxOutputLength, isCut) => inflated(bytes, maxOutputLength, 0, isCut),
  zstd: (bytes, maxOutputLength, isCut) => {
    const finishFlush = isCut ? constants.ZSTD_e_continue : constants.ZSTD_e_end;
    const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
    const chunkSize = chunkFor(sizeInFrame(bytes), maxOutputLength);
    return expansionOf(zstdDecompressSync(bytes, { info: true, maxOutputLength, finishFlush, params, chunkSize }));
  },
};

/** @param most bytes that it may hold, when that is worth room for all of it */
function inflated(bytes: Uint8Array, maxOutputLength: number, most: number, isCut = false): Expansion {
  const chunkSize = chunkFor(bytes.length < LARGE_BYTES ? 0 : most, maxOutputLength);
  const { output, consumed } = expansionOf(
    inflateSync(bytes, { ...inflateOptions(maxOutputLength, isCut), chunkSize }),
  );
  if (chunkSize === CHUNK_BYTES || output.length > chunkSize / 2) return { output, consumed };
  const own = Buffer.from(output); // what keeps the room would keep all of it
  free(output);
  return { output: own, consumed };
}

function inflateOptions(maxOutputLength: number, isCut = false) {
  return { info: true, maxOutputLength, finishFlush: isCut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH };
}

/** What node:zlib makes room for at once, unless it is told. */
const CHUNK_BYTES = constants.Z_DEFAULT_CHUNK;

/** How many times its size deflated data expands to at most (zlib's Technical Details, "Maximum Compression Factor"). */
const MAX_FACTOR = 1032;

/** zlib does not say how much it holds: what is smaller seldom holds much. */
const LARGE_BYTES = 16 * 1024;

/**
 * Room for all that there may be, so that it need not be put together from pieces, which takes as much again. One byte more
 * shows that it is the end. Memory that is not written to is not taken.
 */
function chunkFor(most: number, maxOutputLength: number): number {
  return Math.max(CHUNK_BYTES, Math.min(most, maxOutputLength) + 1);
}

/** What gzip says that it holds (RFC 1952, 2.3.1, ISIZE). */
function sizeIn(bytes: Uint8Array): number {
  return bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

/** The first byte of a zstd frame that is not to be skipped. */
const ZSTD_MAGIC = 0x28;

/** Bytes of a zstd frame's dictionary id, by its flag. */
const DICTIONARY_BYTES = [0, 1, 2, 4];

/** What a zstd frame says that it holds (RFC 8878, 3.1.1.1), if that is over 64 KB: then it is told in four bytes or eight. */
function sizeInFrame(bytes: Uint8Array): number {
  if (bytes[0] !== ZSTD_MAGIC) return 0; // a skippable frame holds nothing
  const descriptor = bytes[4] ?? 0;
  const windowBytes = descriptor & 0x20 ? 0 : 1;
  const at = 5 + windowBytes + (DICTIONARY_BYTES[descriptor & 3] ?? 0);
  if (bytes.length < at + 8) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  if (descriptor >> 6 === 2) return view.getUint32(0, true);
  return descriptor >> 6 === 3 ? Number(view.getBigUint64(0, true)) : 0;
}

function gzipMembers(bytes: Uint8Array, maxOutputLength: number): Expansion {
  try {
    return READERS.gzip(bytes, maxOutputLength);
  } catch (cause) {
    if (codeOf(cause) === "Z_DATA_ERROR") return gzipMember(bytes, maxOutputLength);
    throw cause;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
