import { billedBytes } from "../../core/billing.ts";
import { billOf, firehoseIn, totalOf } from "./bill.ts";
import { DEFAULT_PEAK, DEFAULTS, type Load } from "./load.ts";
import { usPerEvent } from "./measured.ts";
import { volumesOf } from "./volumes.ts";

/** @returns the load with the lake's defaults for what is not given */
export function loadOf(given: Pick<Load, "eventsPerSecond" | "bytes"> & Partial<Load>): Load {
  return { peak: DEFAULT_PEAK, settings: DEFAULTS, usPerEvent: usPerEvent(given.bytes), ...given };
}

/** What packing saves: the bytes that Firehose bills for each that it delivers, and dollars over this many hours. */
export function packingOf(load: Load, hours: number): { packed: number; unpacked: number; savedUsd: number } {
  const { deliveredBytes, billedBytes, unpackedBytes } = volumesOf(load, "onDemand");
  const usdOf = (bytes: number) => firehoseIn(bytes, hours * 3600).usd;
  return {
    packed: billedBytes / deliveredBytes,
    unpacked: unpackedBytes / deliveredBytes,
    savedUsd: usdOf(unpackedBytes) - usdOf(billedBytes),
  };
}

/** Kinesis alone, both ways, and the peak over average from which on demand is the cheaper one. */
export function modesOf(load: Load, hours: number): { onDemand: number; provisioned: number; evenPeak: number } {
  const kinesis = (of: Load, mode: "onDemand" | "provisioned") =>
    totalOf(billOf(of, mode, hours).filter(({ service }) => service === "Kinesis"));
  const onDemand = kinesis(load, "onDemand");
  let low = 1;
  let high = 10_000;
  while (high - low > 0.01 * low) {
    const peak = (low + high) / 2;
    if (kinesis({ ...load, peak }, "provisioned") < onDemand) low = peak;
    else high = peak;
  }
  return { onDemand, provisioned: kinesis(load, "provisioned"), evenPeak: low };
}

/**
 * The other way: Firehose reads the stream itself. It bills each record of the stream rounded up to 5 KB, and stores what
 * the producers wrote; nothing is normalized, and a replay or a quarantine is someone else's work.
 */
export function directOf(load: Load, hours: number): { usd: number; hopUsd: number } {
  const hop = billOf(load, "onDemand", hours).filter(
    ({ service, price }) => service === "Lambda" || price === "firehoseIn" || price === "logsIn",
  );
  return { usd: firehoseIn(load.eventsPerSecond * billedBytes(load.bytes), hours * 3600).usd, hopUsd: totalOf(hop) };
}

/** The original's own test: 500 MB, and what it says that cost (its README, "Cost"). */
export const SEED_TEST = {
  bytes: 500e6,
  fromFiles: { s3: 0.51, firehose: 0.02, athena: 0 },
  direct: { s3: 0.02, firehose: 0.02, athena: 0 },
} as const;

/** The same 500 MB through this lake within an hour, by service. */
export function seedTestOf(bytes: number): Record<string, number> {
  const load = loadOf({ eventsPerSecond: SEED_TEST.bytes / bytes / 3600, bytes });
  const sums: Record<string, number> = {};
  for (const { service, usd } of billOf(load, "onDemand", 1)) sums[service] = (sums[service] ?? 0) + usd;
  return sums;
}
