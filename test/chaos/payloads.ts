import { kinds } from "./kinds.ts";
import { randomFor } from "./seed.ts";

/** What must become of a document. `given up`: it kills the function, and is redriven once that is repaired. */
export type Fate = "event" | "dropped" | "quarantined" | "given up";

/** A document of a payload, and how to tell it from every other. */
export interface Document {
  /** The payload's number and the document's place among its documents, as text that the event carries. */
  readonly probe: string;
  readonly subsequence: number;
  readonly index: number;
  readonly fate: Fate;
  /** The id that it brings along. */
  readonly eventid?: string;
  /** True when a plugin fails on it, and it must go on tagged. */
  readonly tagged?: boolean;
  /** What quarantine must say of it, and keep of it. */
  readonly code?: string;
  readonly bytes?: Uint8Array;
}

export interface Payload {
  readonly number: number;
  readonly kind: string;
  readonly data: Uint8Array;
  readonly documents: readonly Document[];
}

/** What one run puts: the same seed and start give the same payloads, so that the audit makes them anew. */
export interface Corpus {
  readonly seed: number;
  /** Milliseconds since 1970 that the events' own times are near to. */
  readonly startMs: number;
}

/** Payloads among which each kind of special stands once, in every {@link SPECIAL_EVERY}th such block. */
const BLOCK = 1000;
const SPECIAL_EVERY = 20;

/** Makes the payload of a number, from 0. */
export function payloadOf({ seed, startMs }: Corpus, number: number): Payload {
  const random = randomFor(seed, `payload/${number}`);
  const name = specialAt(seed, number) ?? commonKind(random.int(0, 9999));
  const kind = kinds[name];
  if (!kind) throw new Error(`chaos: there is no kind of payload ${name}`);
  return { number, kind: name, ...kind.make({ seed, startMs, number, random }) };
}

/** The partition key that every copy of a payload has, by which it is known on the stream. */
export function keyOf(number: number): string {
  return `chaos-${number}`;
}

/** @returns undefined for a key of somebody else */
export function numberOf(key: string): number | undefined {
  const digits = /^chaos-(\d+)$/.exec(key)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Kinds that cost seconds or megabytes come once a block of their own, the first one early. */
function specialAt(seed: number, number: number): string | undefined {
  const block = Math.floor(number / BLOCK);
  if (block % SPECIAL_EVERY !== 0) return undefined;
  return specialsOf(seed, block).get(number % BLOCK);
}

const placed = new Map<string, ReadonlyMap<number, string>>();

function specialsOf(seed: number, block: number): ReadonlyMap<number, string> {
  const key = `${seed}/${block}`;
  const known = placed.get(key);
  if (known) return known;
  const random = randomFor(seed, `specials/${block}`);
  const places = new Map<number, string>();
  for (const [name, { share }] of Object.entries(kinds)) {
    let place = random.int(0, BLOCK - 1);
    while (places.has(place)) place = random.int(0, BLOCK - 1);
    if (share === 0) places.set(place, name);
  }
  placed.set(key, places);
  return places;
}

/** @param ticket 0 to 9,999 */
function commonKind(ticket: number): string {
  let left = ticket;
  for (const [name, { share }] of Object.entries(kinds)) {
    if (left < share) return name;
    left -= share;
  }
  return "one object";
}
