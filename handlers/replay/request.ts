import { millisecondsOf, toUTC } from "../../core/time.ts";

/** What is to be replayed. The times are of arrival, in milliseconds since 1970. */
export interface ReplayRequest {
  readonly stream: string;
  readonly fromMs: number;
  /** The first millisecond that is not part of it. */
  readonly toMs: number;
  /** Only this shard; every one otherwise. */
  readonly shard?: string;
  /** Only events that today's plugins give this source. */
  readonly source?: string;
}

/** What is asked for cannot be replayed. Trying again does not help, so it has a name (infra/replay.ts). */
export class RequestError extends Error {
  override name = "RequestError";
}

export type Period = Pick<ReplayRequest, "fromMs" | "toMs">;

/**
 * Reads the two ends of a replay, in any form in which events may write times.
 *
 * @throws {RequestError} saying what is wrong with them
 */
export function readPeriod(from: unknown, to: unknown, nowMs: number): Period {
  const period = { fromMs: timeOf("from", from, nowMs), toMs: timeOf("to", to, nowMs) };
  if (period.fromMs >= period.toMs)
    throw new RequestError(`replay: from ${from} is not before to ${to}; nothing was replayed`);
  checkPast(period, nowMs);
  return period;
}

/** A replay that followed the present would race with the consumer and never come to its end. */
export function checkPast({ toMs }: Period, nowMs: number): void {
  if (toMs > nowMs)
    throw new RequestError(
      `replay: ${new Date(toMs).toISOString()} is not over yet; what arrives from now on needs no replay`,
    );
}

function timeOf(name: string, value: unknown, nowMs: number): number {
  const utc = toUTC(value, nowMs);
  if (utc !== undefined) return millisecondsOf(utc);
  throw new RequestError(`replay: ${name} ${JSON.stringify(value)} is no time; write it as 2026-09-15T12:34:56Z`);
}
