import { Script } from "node:vm";

/** Where the work is left for the script, which has no arguments. */
const WORK = Symbol.for("defenda.watchdog.work");

const script = new Script(`globalThis[Symbol.for("${WORK.description}")]()`);

/**
 * Does synchronous work within a time, endless loops and catastrophic regular expressions included: V8 ends them from
 * another thread (node:vm, `timeout`). A call costs about 0.15 ms, so it is made around many events, not around each.
 *
 * What the work had begun is left as it was when it was ended; no `catch` or `finally` of it runs.
 *
 * @param milliseconds a whole number, at least 1
 * @returns false when it was ended before it was done
 */
export function within(milliseconds: number, work: () => void): boolean {
  Reflect.set(globalThis, WORK, work);
  try {
    script.runInThisContext({ timeout: milliseconds });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    throw error;
  } finally {
    Reflect.deleteProperty(globalThis, WORK);
  }
}
