/** One point of a series: seconds from the start, and seconds of age or delay. */
export interface Sample {
  readonly time: number;
  /** Age of the oldest event that no one has taken yet, over all shards. */
  readonly iteratorAge: number;
  /** From arrival to object, of what was written since the sample before; undefined when nothing was. */
  readonly delay: number | undefined;
  readonly concurrency: number;
}

/** What happens, as it happens. */
export interface Record {
  object(): void;
  delivered(events: number, delaySeconds: number): void;
  invocation(events: number, bytes: number, billedBytes: number): void;
  /** Consumers at work, when that changes. */
  running(now: number, consumers: number): void;
  sample(now: number, iteratorAge: number): void;
  gaveUp(events: number): void;
}

export interface Statistics {
  readonly samples: readonly Sample[];
  readonly objects: number;
  readonly invocations: number;
  readonly events: number;
  readonly gaveUp: number;
  readonly billedBytesPerByte: number;
  readonly concurrency: { readonly average: number; readonly most: number };
  /** Seconds from arrival to object, by event. */
  readonly delay: { readonly average: number; readonly p50: number; readonly p99: number; readonly most: number };
}

/** @param from what happened before, in seconds, is not counted: nothing is as it usually is at the start */
export function createRecord(from: number): Record & { statistics(now: number): Statistics } {
  const samples: Sample[] = [];
  const delays: [seconds: number, events: number][] = [];
  const sums = { objects: 0, invocations: 0, events: 0, bytes: 0, billed: 0, gaveUp: 0, busy: 0, most: 0 };
  const recent = { events: 0, seconds: 0 };
  let clock = 0;
  let consumers = 0;
  const counts = () => clock >= from;

  function pass(now: number): void {
    sums.busy += Math.max(0, now - Math.max(clock, from)) * consumers;
    clock = now;
  }

  return {
    object() {
      if (counts()) sums.objects++;
    },
    delivered(events, seconds) {
      recent.events += events;
      recent.seconds += events * seconds;
      if (counts()) delays.push([seconds, events]);
    },
    invocation(events, bytes, billed) {
      if (!counts()) return;
      sums.invocations++;
      sums.events += events;
      sums.bytes += bytes;
      sums.billed += billed;
    },
    running(now, atWork) {
      pass(now);
      consumers = atWork;
      sums.most = Math.max(sums.most, atWork);
    },
    sample(now, iteratorAge) {
      pass(now);
      const delay = recent.events > 0 ? recent.seconds / recent.events : undefined;
      samples.push({ time: now, iteratorAge, delay, concurrency: consumers });
      recent.events = 0;
      recent.seconds = 0;
    },
    gaveUp(events) {
      sums.gaveUp += events;
    },
    statistics(now) {
      pass(now);
      return {
        samples,
        objects: sums.objects,
        invocations: sums.invocations,
        events: sums.events,
        gaveUp: sums.gaveUp,
        billedBytesPerByte: sums.billed / sums.bytes,
        concurrency: { average: sums.busy / (now - from), most: sums.most },
        delay: summary(delays),
      };
    },
  };
}

function summary(delays: readonly (readonly [number, number])[]): Statistics["delay"] {
  const sorted = delays.toSorted(([a], [b]) => a - b);
  const events = sorted.reduce((sum, [, count]) => sum + count, 0);
  const at = (share: number) => {
    let rest = share * events;
    for (const [seconds, count] of sorted) {
      rest -= count;
      if (rest <= 0) return seconds;
    }
    return Number.NaN;
  };
  const average = sorted.reduce((sum, [seconds, count]) => sum + seconds * count, 0) / events;
  return { average, p50: at(0.5), p99: at(0.99), most: sorted.at(-1)?.[0] ?? Number.NaN };
}
