import type { Transform } from "node:stream";
import { createGunzip, createInflate, createZstdDecompress, type ZstdDecompress } from "node:zlib";
import { UnreadableObject } from "./errors.ts";
import { chain, through } from "./through.ts";

/** Output is handed on in pieces of this size; zlib's own default, 16 KiB, costs a third of the speed. */
const PIECE_BYTES = 64 * 1024;

/**
 * Expands an object by what its first bytes say: gzip of any number of members, zstd of any number of frames, zlib; what
 * is none of them passes as it is. Memory does not grow with the object.
 *
 * @throws {UnreadableObject} after everything that could be expanded, when the object is damaged or cut off
 */
export async function* expand(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = bytes[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const all = chain(first.value, source);
  const name = compressionOf(first.value);
  if (name === undefined) yield* all;
  else if (name === "zstd") yield* expandFrames(all);
  else yield* run(name, name === "gzip" ? createGunzip(OPTIONS) : createInflate(OPTIONS), all);
}

const OPTIONS = { chunkSize: PIECE_BYTES };

type Compression = "gzip" | "zlib" | "zstd";

function compressionOf(bytes: Buffer): Compression | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "gzip";
  if (isZstd(bytes)) return "zstd";
  if (bytes[0] === 0x78 && (bytes[1] === 0x01 || bytes[1] === 0x9c || bytes[1] === 0xda)) return "zlib";
  return undefined;
}

/** A frame, or a skippable one, which some writers put first (RFC 8878, 3.1). */
function isZstd(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  const magic = bytes.readUInt32LE();
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

/**
 * Node's decompressor may end with a frame although more bytes follow, and says nothing: what it did not consume goes to
 * another one. Frames one after another come from `cat a.zst b.zst` and from tools that compress in parallel.
 */
async function* expandFrames(bytes: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer | undefined = (await bytes.next()).value;
  while (rest && rest.length > 0) {
    const decoder = createZstdDecompress(OPTIONS);
    const { feed, unused } = feeder(chain(rest, bytes), decoder);
    yield* run("zstd", decoder, feed);
    rest = await unused();
    rest ??= (await bytes.next()).value;
  }
}

/** Feeds a decoder and remembers what it has not consumed yet. */
function feeder(bytes: AsyncGenerator<Buffer>, decoder: ZstdDecompress) {
  const fed: { readonly chunk: Buffer; readonly end: number }[] = [];
  let total = 0;
  const feed = (async function* () {
    for await (const chunk of bytes) {
      total += chunk.length;
      while (fed[0] && fed[0].end <= decoder.bytesWritten) fed.shift();
      fed.push({ chunk, end: total });
      yield chunk;
    }
  })();
  return {
    feed,
    async unused(): Promise<Buffer | undefined> {
      await feed.return(undefined); // a read that was under way belongs to what is unused
      const left = total - decoder.bytesWritten;
      return left > 0 ? Buffer.concat(fed.map(({ chunk }) => chunk)).subarray(-left) : undefined;
    },
  };
}

async function* run(name: Compression, decoder: Transform, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* through<Buffer>(bytes, decoder);
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new UnreadableObject(`${name} is damaged or cut off (${error.message})`, { cause: error });
  }
}

/** zlib's errors are `Z_DATA_ERROR` and the like, zstd's `ZSTD_error_...`. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^Z(STD)?_/.test(String(error.code));
}
