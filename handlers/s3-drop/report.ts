import { METRIC_NAMESPACE } from "../report.ts";
import type { Forwarded } from "./forward.ts";
import type { Drop } from "./notification.ts";

/**
 * The one line that an object logs: JSON whose counts are CloudWatch metrics (EMF), in namespace `DefendaDataLake` with
 * the function's name as dimension.
 */
export function objectLine(drop: Drop, forwarded: Forwarded, functionName: string, nowMs: number, ms: number): string {
  const { counts, next, error, version } = forwarded;
  const metrics = {
    DropDocuments: counts.document,
    DropBroken: counts.broken,
    DropUnreadable: counts.error,
    DropContinued: next ? 1 : 0,
  };
  const Metrics = Object.keys(metrics).map((Name) => ({ Name, Unit: "Count" }));
  return JSON.stringify({
    level: counts.error > 0 || error !== undefined ? "WARN" : "INFO",
    message: "object",
    ...drop,
    version,
    ...(next && { next: next.resume ?? "from its beginning" }),
    ...(error !== undefined && { error: String(error) }),
    durationMs: Math.round(ms),
    Function: functionName,
    ...metrics,
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [["Function"]], Metrics }],
    },
  });
}
