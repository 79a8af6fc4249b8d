import { S3Error } from "./error.ts";

const CRLF = Buffer.from("\r\n");
const LONGEST_LINE = 16 * 1024;

/**
 * Takes the `aws-chunked` framing off a body: `<hex size>[;chunk-signature=...]\r\n<bytes>\r\n`, a zero chunk, trailers.
 *
 * Signatures are not checked: the endpoint is for this machine only.
 *
 * @param trailers filled with the trailing headers (the checksum), lower-case names, once the body is read
 * @throws {S3Error} `IncompleteBody` when the stream ends early or the framing is broken
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Record<string, string>,
): AsyncGenerator<Buffer> {
  const reader = byteReader(source);
  for (;;) {
    const size = chunkSize(await reader.line());
    if (size === 0) break;
    yield* reader.bytes(size);
    if ((await reader.line()) !== "") throw broken("a chunk is longer than it says");
  }
  for (let line = await reader.line(); line !== ""; line = await reader.line()) {
    const colon = line.indexOf(":");
    trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
}

function chunkSize(line: string): number {
  const digits = line.split(";")[0] ?? "";
  if (!/^[0-9a-f]{1,12}$/i.test(digits)) throw broken(`"${line.slice(0, 40)}" is no chunk size`);
  return Number.parseInt(digits, 16);
}

/** Reads a stream by lines and by counts of bytes, holding no more than one piece of it. */
function byteReader(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<Buffer> {
    const next = await iterator.next();
    if (next.done) throw broken("the body ends before its last chunk");
    return next.value;
  }

  async function line(): Promise<string> {
    let end = rest.indexOf(CRLF);
    while (end < 0) {
      if (rest.length > LONGEST_LINE) throw broken("a chunk header does not end");
      rest = Buffer.concat([rest, await more()]);
      end = rest.indexOf(CRLF);
    }
    const text = rest.toString("latin1", 0, end);
    rest = rest.subarray(end + CRLF.length);
    return text;
  }

  async function* bytes(count: number): AsyncGenerator<Buffer> {
    for (let missing = count; missing > 0; ) {
      if (rest.length === 0) rest = await more();
      const piece = rest.subarray(0, missing);
      rest = rest.subarray(piece.length);
      missing -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  return { line, bytes };
}

const broken = (why: string): S3Error => new S3Error("IncompleteBody", `aws-chunked body: ${why}`, 400);
