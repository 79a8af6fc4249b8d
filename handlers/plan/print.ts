import { table } from "../cli/terminal.ts";
import type { Load } from "../cost/load.ts";
import { number } from "../cost/print.ts";
import { amount, type Plan } from "./plan.ts";

/** A plan for people: what to provide, then every quota it crosses and what to ask for. */
export function planText(load: Load, plan: Plan): string {
  const { invocation, concurrency, streamBytes, firehoseBytes, activePartitions } = plan;
  const average = amount(streamBytes.average, "B/s");
  const rows = [
    ["Stream", `${average} on average, ${amount(streamBytes.peak, "B/s")} at the peak`, shardsText(plan)],
    ["Retention", amount(plan.retainedBytes, "B"), `${load.settings.retentionHours} hours to replay`],
    [
      "Mapping",
      `${number(plan.invocations)} batches a second`,
      `of ${number(invocation.events)} events, ${(invocation.seconds * 1000).toFixed(0)} ms; parallelization factor ${plan.parallelizationFactor}`,
    ],
    [
      "Consumers",
      `${number(Math.ceil(concurrency.average))} at once, ${number(Math.ceil(concurrency.peak))} at the peak`,
      `a core takes ${number(Math.round(plan.eventsPerCore / 100) * 100)} events/s`,
    ],
    [
      "Firehose",
      `${amount(firehoseBytes.average, "B/s")}, ${amount(firehoseBytes.peak, "B/s")} at the peak`,
      `${number(plan.firehoseCalls.peak)} calls a second at the peak; ${plan.deliveryStreams} delivery stream${plan.deliveryStreams > 1 ? "s, one a lake" : ""}`,
    ],
    ["Partitions", `${activePartitions.usual} open`, `${activePartitions.most} at most, of late and future events`],
    [
      "Objects",
      `${number(plan.objectsPerHour)} an hour`,
      `of ${amount(plan.objectBytes, "B")} compressed; ${amount(plan.hourBytes, "B")} an hour`,
    ],
    [
      "Delay",
      `${plan.delay.average.toFixed(0)} s from arrival to object`,
      `${plan.delay.most.toFixed(0)} s at most, while nothing is held up`,
    ],
  ];
  const head = `${number(load.eventsPerSecond)} events/s of ${number(load.bytes)} B, ${load.peak} times that at the peak`;
  return `${head}\n\n${table(["part", "what", ""], rows, 100)}\n\n${crossedText(plan)}`;
}

function shardsText({ mode, shards }: Plan): string {
  return mode === "onDemand" ? `on demand; about ${number(shards)} shards` : `${number(shards)} shards`;
}

function crossedText({ crossed }: Plan): string {
  if (crossed.length === 0) return "No quota of a new account in us-east-1 is crossed.";
  const lines = crossed.map(
    ({ needed, value, unit, ask, source }) =>
      `- ${amount(needed, unit)} ${unit.replace(/^B(\/s)? /, "")}, and a new account has ${amount(value, unit)}.\n  Ask: ${ask}.\n  (${source})`,
  );
  return `Quotas crossed:\n${lines.join("\n")}`;
}
