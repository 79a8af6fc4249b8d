/** What the model knows of this lake, and not of AWS: measured figures, each with how to measure it again. */

export const MEASURED = {
  /**
   * The consumer's time for an event in microseconds, all plugins registered, signing and sending included:
   * `npm run bench -- --plugins all` by size of the event, and 3.5 ns for each byte sent, on one core of a shared x86
   * machine, November 2026.
   */
  usPerEvent: { fixed: 10, perByte: 0.0065 },
  /** A stored row in bytes, from the generated corpus (test/bench/corpus.ts): the shell, and details as escaped JSON. */
  rowBytes: { fixed: 820, perByte: 1.22 },
  /** Gzip's part of those rows, in objects of some megabytes: invented data, so real logs may compress a little less. */
  gzip: 0.143,
  /** Log lines of an invocation in bytes: the batch's own (handlers/report.ts) and Lambda's start, end and report in JSON. */
  logBytes: 1_900,
  /** Metrics that the consumer writes with no plugin failing, and what infra/ adds. */
  metrics: 8,
  alarms: 13,
} as const;

/** What cannot be known before there is a lake, and is stated where it is used. */
export const ASSUMED = {
  /** Until Firehose has answered a call, in milliseconds; Lambda bills the wait. */
  callMs: 25,
  /** Of an invocation beside its events: Lambda's own, decoding the event, one log line. In milliseconds. */
  invocationMs: 2,
  /** Time in jq for a row, in milliseconds: AWS's pricing example counts 70 jq hours for 259 million records (from memory). */
  jqMs: 0.97,
  /** Questions a day, each of one hour of everything. */
  queriesPerDay: 50,
} as const;

/** @returns microseconds of one core for an event of this size */
export function usPerEvent(bytes: number): number {
  return MEASURED.usPerEvent.fixed + MEASURED.usPerEvent.perByte * bytes;
}

/** @returns bytes of the row that is stored, with its newline, for an event of this size */
export function rowBytes(bytes: number): number {
  return MEASURED.rowBytes.fixed + MEASURED.rowBytes.perByte * bytes;
}
