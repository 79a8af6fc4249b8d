import { setTimeout as sleep } from "node:timers/promises";

/** Wakes one loop that has nothing to do. A ring while it is busy is not lost: the next wait returns at once. */
export interface Bell {
  ring(): void;
  /** @param ms returns after this long without a ring; without it only a ring ends the wait */
  wait(ms?: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait(ms) {
      if (!rung) await new Promise<void>((resolve) => startWait(resolve, ms));
      rung = false;
    },
  };

  function startWait(resolve: () => void, ms: number | undefined): void {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  }
}

/** How long to wait between tries: `initialMs`, doubled for every further failure, at most `maxMs`. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Waits before try number `failures` + 1. Returns early when the signal aborts. */
export async function backOff(failures: number, { initialMs, maxMs }: Backoff, signal: AbortSignal): Promise<void> {
  const ms = Math.min(maxMs, initialMs * 2 ** (failures - 1));
  await sleep(ms, undefined, { signal }).catch(() => {});
}
