import { METRIC_NAMESPACE } from "../report.ts";
import type { Outcome } from "./ingest.ts";

/**
 * The one line that a request with documents logs: JSON whose counts are CloudWatch metrics (EMF), in namespace
 * `DefendaDataLake` with the function's name as dimension. Nothing of the request is in it but sizes.
 */
export function requestLine(outcomes: readonly Outcome[], functionName: string, nowMs: number, ms: number): string {
  const count = (wanted: (status: number) => boolean) =>
    outcomes.filter(({ error }) => wanted(error?.status ?? 201)).length;
  const counts = {
    BulkItems: outcomes.length,
    BulkTaken: count((status) => status === 201),
    BulkRefused: count((status) => status === 400),
    BulkToComeAgain: count((status) => status === 429 || status === 503),
  };
  const reasons = new Set(outcomes.flatMap(({ error }) => (error ? [error.reason] : [])));
  return line("bulk", counts, functionName, nowMs, { reasons: [...reasons].slice(0, 3), durationMs: Math.round(ms) });
}

/** A request without a valid credential: counted, so that guessing shows. */
export function unauthorizedLine(functionName: string, nowMs: number): string {
  return line("unauthorized", { BulkUnauthorized: 1 }, functionName, nowMs, {});
}

function line(
  message: string,
  counts: Record<string, number>,
  functionName: string,
  nowMs: number,
  facts: object,
): string {
  const Metrics = Object.keys(counts).map((Name) => ({ Name, Unit: "Count" }));
  const CloudWatchMetrics = [{ Namespace: METRIC_NAMESPACE, Dimensions: [["Function"]], Metrics }];
  const level = message === "bulk" && counts.BulkItems === counts.BulkTaken ? "INFO" : "WARN";
  const _aws = { Timestamp: nowMs, CloudWatchMetrics };
  return JSON.stringify({ level, message, ...facts, Function: functionName, ...counts, _aws });
}
