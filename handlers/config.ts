import type { Places } from "./resources.ts";

/** What the consumer reads from its environment, set by infra/consumer.ts. */
export interface ConsumerConfig {
  readonly deliveryStream: string;
  readonly quarantineStream: string;
  readonly lakeBucket: string;
  readonly partitionBy: "event" | "arrival";
  /** True when a line of plain text is an event. */
  readonly acceptText: boolean;
  /** Sources whose rows are counted in metrics of their own. */
  readonly watchedSources: ReadonlySet<string>;
  /** What plugins work with: see handlers/resources.ts. */
  readonly places: Places;
  readonly window: { readonly lateHours: number; readonly futureHours: number };
}

/**
 * Reads the environment once, at the start of the function.
 *
 * @throws {Error} naming every key that is missing or wrong
 */
export function config(env: Readonly<Record<string, string | undefined>>): ConsumerConfig {
  const wrong: string[] = [];
  const text = (key: string, valid = /./): string => {
    const value = env[key] ?? "";
    if (!valid.test(value)) wrong.push(value === "" ? `${key} is not set` : `${key} is ${JSON.stringify(value)}`);
    return value;
  };
  const list = (key: string): string[] => (env[key] ?? "").split(",").filter((name) => name !== "");
  const read = {
    deliveryStream: text("DELIVERY_STREAM"),
    quarantineStream: text("QUARANTINE_STREAM"),
    lakeBucket: text("LAKE_BUCKET"),
    partitionBy: text("PARTITION_BY", /^(event|arrival)$/) === "arrival" ? "arrival" : "event",
    acceptText: text("ACCEPT_TEXT", /^(true|false)$/) === "true",
    watchedSources: new Set(list("WATCHED_SOURCES")),
    places: { geo: list("GEO_DATABASES"), lookups: list("LOOKUP_TABLES") },
    window: { lateHours: Number(text("LATE_HOURS", /^\d+$/)), futureHours: Number(text("FUTURE_HOURS", /^\d+$/)) },
  } as const;
  if (wrong.length > 0) throw new Error(`config: ${wrong.join("; ")}; set it on the function (infra/consumer.ts)`);
  return read;
}
