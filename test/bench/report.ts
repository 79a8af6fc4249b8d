import { availableParallelism } from "node:os";
import type { Corpus } from "./corpus.ts";
import type { Allocation, measureAllocation } from "./memory.ts";
import type { PluginTime } from "./plugin-times.ts";
import type { Race } from "./race.ts";
import type { StageTimes } from "./stages.ts";

export interface Measured {
  readonly race: Race;
  readonly allocation: Awaited<ReturnType<typeof measureAllocation>>;
  readonly stages: StageTimes;
  readonly plugins: readonly PluginTime[];
}

/** Best and median differ by more than this share only when other work takes the processor away. */
const NOISE = 0.1;

/** Everything that was measured, with its units in its names. */
export function reportOf({ bytes, texts, statistics }: Corpus, measured: Measured) {
  const { race, allocation, stages, plugins } = measured;
  const events = texts.length;
  const lane = (us: number, { heap, buffers }: Allocation) => ({
    usPerEvent: us,
    eventsPerSecond: 1e6 / us,
    megabytesPerSecond: bytes / events / us,
    heapBytesPerEvent: heap,
    bufferBytesPerEvent: buffers,
  });
  const known = Object.values(stages).reduce((sum, us) => sum + us, 0);
  const inPlugins = plugins.reduce((sum, { us }) => sum + us, 0);
  return {
    node: process.version,
    cores: availableParallelism(),
    corpus: { events, bytes, ...statistics },
    passes: race.passes,
    floor: lane(race.floorUs, allocation.floor),
    product: lane(race.productUs, allocation.product),
    ratio: race.ratio,
    passRatio: race.passRatio,
    noisy: Math.abs(race.ratio / race.passRatio.median - 1) > NOISE,
    stagesUs: { ...stages, rest: race.productUs - known },
    pluginsUs: { ...Object.fromEntries(plugins.map(({ name, us }) => [name, us])), runner: stages.run - inPlugins },
    pluginShare: Object.fromEntries(plugins.map(({ name, share }) => [name, share])),
  };
}

type Report = ReturnType<typeof reportOf>;

/** The report for people. */
export function textOf(report: Report): string {
  const { floor, product, stagesUs, pluginsUs, pluginShare } = report;
  const laneRow = (name: string, lane: Report["floor"]) => [
    name,
    lane.usPerEvent.toFixed(2),
    whole(lane.eventsPerSecond),
    lane.megabytesPerSecond.toFixed(1),
    whole(lane.heapBytesPerEvent),
    whole(lane.bufferBytesPerEvent),
  ];
  const timeRow = ([name, us]: [string, number]) => [name, us.toFixed(2), percent(us / product.usPerEvent)];
  const pluginRow = (entry: [string, number]) => [...timeRow(entry), percent(pluginShare[entry[0]] ?? 1)];
  const lanes = [laneRow("floor", floor), laneRow("product", product)];
  return [
    corpusText(report),
    table(["", "us/event", "events/s", "MB/s", "heap B/event", "buffer B/event"], lanes),
    ratioText(report),
    table(["stage", "us/event", "of product"], Object.entries(stagesUs).map(timeRow)),
    table(["within run", "us/event", "of product", "of events"], Object.entries(pluginsUs).map(pluginRow)),
  ].join("\n\n");
}

function ratioText({ ratio, passRatio, passes, noisy }: Report): string {
  const { median, low, high } = passRatio;
  const lines = [
    `ratio ${ratio.toFixed(3)} (floor / product, best of ${passes + 1} passes for each slice)`,
    `whole passes: median ${median.toFixed(3)}, quartiles ${low.toFixed(3)} to ${high.toFixed(3)}`,
  ];
  if (noisy)
    lines.push("The machine was busy with other work: measure again, for longer (--seconds), before you compare.");
  return lines.join("\n");
}

function corpusText({ corpus, node, cores }: Report): string {
  const kinds = Object.entries(corpus.kinds).sort(([, a], [, b]) => b - a);
  const mix = kinds.map(([kind, count]) => `${percent(count / corpus.events)} ${kind}`).join(", ");
  return [
    `Node ${node}, ${cores} cores; ${whole(corpus.events)} events, ${(corpus.bytes / 1e6).toFixed(2)} MB`,
    `mean ${whole(corpus.mean)} B, p50 ${whole(corpus.p50)}, p90 ${whole(corpus.p90)}, max ${whole(corpus.max)}`,
    mix,
    "Every event comes out once, with all its data.",
  ].join("\n");
}

/** The first column left, numbers right. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const cell = (text: string, i: number) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0));
  return lines.map((line) => line.map(cell).join("  ")).join("\n");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
