import { type createEnvelope, type Line, lengthOf, WHOLE_OBJECT } from "./envelope.ts";
import { UnreadableObject } from "./errors.ts";
import type { Piece } from "./split.ts";

/**
 * Lines are packed into records of this size. A shard takes 1 MB/s, so larger records would crowd out other producers;
 * smaller ones cost more, since PUT units are counted in steps of 25 KB (Kinesis pricing), 5 % of this on average.
 */
const RECORD_BYTES = 256 * 1024;

export interface ReaderOptions {
  readonly pieces: AsyncIterable<readonly Piece[]>;
  readonly envelope: ReturnType<typeof createEnvelope>;
  /** Position of the first piece that is wanted. */
  readonly from: number;
  isTimeOver(): boolean;
}

export interface Reader {
  /** Records for the stream, until the pieces or the time are over. */
  payloads(): AsyncGenerator<Uint8Array>;
  /** Notes that the stream has a record. */
  sent(payload: Uint8Array): void;
  /** The position from which everything is still to be put; undefined when nothing is. */
  safePosition(): number | undefined;
  /** Pieces read, by kind. */
  readonly counts: Readonly<Record<Piece["kind"], number>>;
}

/** Packs pieces into records, and knows at any time which of them the stream has for certain. */
export function createReader({ pieces, envelope, from, isTimeOver }: ReaderOptions): Reader {
  const counts = { document: 0, broken: 0, error: 0 };
  const unsent = new Map<Uint8Array, number>();
  let position = 0;
  let isComplete = false;
  let pack: { readonly first: number; readonly buffer: Buffer; bytes: number } | undefined;

  return {
    counts,
    async *payloads() {
      try {
        for await (const some of pieces) {
          for (const piece of some) {
            const place = position++;
            if (place >= from) yield* add(piece, place, envelope(piece, place));
          }
          if (isTimeOver()) return yield* flush();
        }
      } catch (error) {
        if (!(error instanceof UnreadableObject)) throw error;
        yield* add(...unreadable(error));
      }
      isComplete = true;
      yield* flush();
    },
    sent: (payload) => void unsent.delete(payload),
    safePosition() {
      const first = Math.min(...unsent.values(), pack?.first ?? Number.POSITIVE_INFINITY);
      if (Number.isFinite(first)) return first;
      return isComplete ? undefined : Math.max(from, position);
    },
  };

  function* add({ kind }: Piece, place: number, line: Line): Generator<Uint8Array> {
    counts[kind]++;
    const bytes = lengthOf(line);
    if (pack && pack.bytes + bytes > RECORD_BYTES) yield* flush();
    pack ??= { first: place, buffer: Buffer.allocUnsafe(Math.max(bytes, RECORD_BYTES)), bytes: 0 };
    for (const part of line) {
      if (typeof part === "string") pack.buffer.write(part, pack.bytes, "latin1");
      else pack.buffer.set(part, pack.bytes);
      pack.bytes += part.length;
    }
  }

  function* flush(): Generator<Uint8Array> {
    if (!pack) return;
    const payload = pack.buffer.subarray(0, pack.bytes);
    unsent.set(payload, pack.first);
    pack = undefined;
    yield payload;
  }

  function unreadable({ message }: UnreadableObject): [Piece, number, Line] {
    const piece: Piece = { kind: "error", code: "unreadable_object", message };
    return [piece, position, envelope(piece, WHOLE_OBJECT)];
  }
}
