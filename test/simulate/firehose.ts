import type { Clock } from "./clock.ts";
import type { Record } from "./statistics.ts";

/** Events of one batch, of bytes as they are stored, and when they arrived on average. */
export interface Delivered {
  readonly events: number;
  readonly bytes: number;
  readonly arrived: number;
}

export interface FirehoseOptions {
  /** What it takes before it throttles, and what a buffer holds, in bytes. */
  readonly bytesPerSecond: number;
  readonly bufferBytes: number;
  readonly bufferSeconds: number;
  /** When it refuses everything, in seconds from the start. */
  readonly outage: { readonly from: number; readonly to: number };
}

/** A delivery stream: a quota in front, and behind it a buffer for each hour. */
export interface Firehose {
  /** When it will have taken a call of this size that is made now, by a caller who tries until then. */
  takenAt(bytes: number): number;
  add(delivered: Delivered): void;
}

/** What a throttled stream still takes at once, in seconds of its quota. */
const BURST_SECONDS = 1;

/** Longest pause between two tries (handlers/delivery.ts): how late a caller notices that an outage is over. */
const PAUSE_SECONDS = 5;

export function createFirehose(options: FirehoseOptions, clock: Clock, random: () => number, record: Record): Firehose {
  const { bytesPerSecond, bufferBytes, bufferSeconds, outage } = options;
  const buffers = new Map<number, { bytes: number; content: Delivered[] }>();
  let paidUntil = 0;

  function flush(hour: number): void {
    const buffer = buffers.get(hour);
    if (!buffer) return;
    buffers.delete(hour);
    if (buffer.bytes > 0) record.object();
    for (const { events, arrived } of buffer.content) record.delivered(events, clock.now() - arrived);
  }

  return {
    takenAt(bytes) {
      const now = clock.now();
      const isDown = now >= outage.from && now < outage.to;
      const from = isDown ? outage.to + random() * PAUSE_SECONDS : now;
      paidUntil = Math.max(paidUntil, from) + bytes / bytesPerSecond;
      return Math.max(from, paidUntil - BURST_SECONDS);
    },
    add(delivered) {
      const hour = Math.floor(delivered.arrived / 3600);
      let buffer = buffers.get(hour);
      if (!buffer) {
        const opened = { bytes: 0, content: [] };
        buffer = opened;
        buffers.set(hour, opened);
        clock.at(clock.now() + bufferSeconds, () => {
          if (buffers.get(hour) === opened) flush(hour);
        });
      }
      buffer.content.push(delivered);
      buffer.bytes += delivered.bytes;
      if (buffer.bytes < bufferBytes) return;
      // One batch can fill several buffers when a part of the shards is simulated, with as small a part of the buffer.
      for (; buffer.bytes >= 2 * bufferBytes; buffer.bytes -= bufferBytes) record.object();
      const rest = buffer.bytes - bufferBytes;
      flush(hour);
      if (rest > 0) this.add({ events: 0, bytes: rest, arrived: delivered.arrived });
    },
  };
}
