/**
 * Sequence numbers: 56 decimal digits that grow with every record of a shard, as AWS gives them.
 *
 * The number is bit fields side by side, highest first, as observed on AWS (version 2 of its layout):
 * 2 | shard creation, s (36 bits) | shard index, low 4 bits | record index (64) | zero (8) | arrival, s (36) | shard index (32) | 2.
 */

/** What a shard's sequence numbers are made from. */
export interface ShardOrigin {
  /** Position of the shard in its stream: 0 for `shardId-000000000000`. */
  ix: number;
  /** When the shard was opened, milliseconds since 1970. */
  created: number;
}

const ARRIVAL_SHIFT = 36n;
const INDEX_SHIFT = 80n;
const CREATED_SHIFT = 148n;
const LOWEST = 2n << 184n;
const HIGHEST = 3n << 184n;

/** The record index that closes a shard: higher than any record's. */
const LAST_INDEX = (1n << 63n) - 1n;

/** Returns the function that makes one shard's sequence numbers from a record's index (1 and up) and arrival time. */
export function sequencer(shard: ShardOrigin): (index: number | bigint, arrived: number) => string {
  const ix = BigInt(shard.ix);
  const base = LOWEST + (seconds(shard.created) << CREATED_SHIFT) + ((ix & 15n) << 144n) + (ix << 4n) + 2n;
  return (index, arrived) => (base + (BigInt(index) << INDEX_SHIFT) + (seconds(arrived) << ARRIVAL_SHIFT)).toString();
}

/** The sequence number before a shard's first record. */
export function startingSequence(shard: ShardOrigin): string {
  return sequencer(shard)(0, shard.created);
}

/** The sequence number after a closed shard's last record. */
export function endingSequence(shard: ShardOrigin, closed: number): string {
  return sequencer(shard)(LAST_INDEX, closed);
}

/**
 * Reads a sequence number back.
 *
 * @returns undefined when the text is no sequence number of this layout; `created` is in whole seconds, and an index
 * beyond what a number holds exactly comes back as the largest one that does
 */
export function parseSequence(text: string): { ix: number; createdSeconds: number; index: number } | undefined {
  if (!/^\d{1,60}$/.test(text)) return undefined;
  const number = BigInt(text);
  if (number < LOWEST || number >= HIGHEST || (number & 15n) !== 2n) return undefined;
  const index = (number >> INDEX_SHIFT) & ((1n << 64n) - 1n);
  return {
    ix: Number((number >> 4n) & 0xffffffffn),
    createdSeconds: Number((number >> CREATED_SHIFT) & ((1n << 36n) - 1n)),
    index: Math.min(Number(index), Number.MAX_SAFE_INTEGER),
  };
}

function seconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds / 1000));
}
