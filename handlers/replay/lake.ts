import type { Firehose } from "@aws-sdk/client-firehose";
import type { PluginSet } from "../../core/order.ts";
import { createPipeline } from "../../core/pipeline.ts";
import type { Quarantined } from "../../core/quarantine.ts";
import type { BatchDependencies } from "../batch.ts";
import type { ConsumerConfig } from "../config.ts";
import { deliver } from "../delivery.ts";
import type { Clock } from "./clock.ts";
import { createForwarder } from "./forward.ts";
import { createHourGuard, MAX_OPEN_HOURS, type OpenHours } from "./guard.ts";
import type { Sink } from "./sink.ts";

/** What Firehose buffers at most, in seconds (Firehose API Reference, BufferingHints): when it does not say. */
const MAX_BUFFER_SECONDS = 900;

/** What a batch is made with, in the consumer's own settings. */
export function batchOf(
  plugins: PluginSet,
  settings: ConsumerConfig,
  storePayload: (entry: Quarantined) => Promise<string>,
): Omit<BatchDependencies, "deliver" | "timeLeft" | "now"> {
  return {
    pipeline: createPipeline(plugins, settings.window, settings),
    pluginSet: plugins.version,
    oneHour: settings.partitionBy === "event",
    storePayload,
  };
}

export interface LakeSinkOptions {
  readonly firehose: Firehose;
  readonly settings: ConsumerConfig;
  readonly batch: ReturnType<typeof batchOf>;
  readonly source: string | undefined;
  readonly clock: Clock;
  readonly openHours: OpenHours;
  /** When to give up a call that keeps failing, in milliseconds since 1970. */
  readonly giveUpAt: () => number;
  readonly onWait: (openHours: number) => void;
}

/** The sink that writes to the lake as the consumer does, at a pace that leaves Firehose partitions for live events. */
export async function createLakeSink(options: LakeSinkOptions): Promise<Sink> {
  const { firehose, settings, batch, source, clock, onWait } = options;
  const streams = { events: settings.deliveryStream, quarantine: settings.quarantineStream };
  const maxOpen = MAX_OPEN_HOURS;
  const bufferSeconds = batch.oneHour ? await bufferSecondsOf(firehose, settings.deliveryStream) : 0;
  return createForwarder({
    batch,
    source,
    clock,
    maxOpenHours: maxOpen,
    guard: batch.oneHour
      ? createHourGuard({ maxOpen, open: options.openHours, bufferSeconds, clock, onWait })
      : undefined,
    send: async (table, call) => (await deliver(firehose, streams[table], [call], options.giveUpAt()))[0],
  });
}

async function bufferSecondsOf(firehose: Firehose, DeliveryStreamName: string): Promise<number> {
  const answer = await firehose.describeDeliveryStream({ DeliveryStreamName });
  const [destination] = answer.DeliveryStreamDescription?.Destinations ?? [];
  return destination?.ExtendedS3DestinationDescription?.BufferingHints?.IntervalInSeconds ?? MAX_BUFFER_SECONDS;
}
