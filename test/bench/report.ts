import { availableParallelism } from "node:os";
import type { Corpus } from "./corpus.ts";
import type { measureAllocation } from "./memory.ts";
import type { PluginTime } from "./plugin-times.ts";
import type { Race } from "./race.ts";
import type { SetName } from "./sets.ts";
import type { StageTimes } from "./stages.ts";

export interface Measured {
  readonly race: Race;
  readonly allocation: Awaited<ReturnType<typeof measureAllocation>> | undefined;
  readonly stages: StageTimes | undefined;
  readonly plugins: readonly PluginTime[] | undefined;
}

/** Best and median differ by more than this share only when other work takes the processor away. */
const NOISE = 0.1;

/** Everything that was measured, with its units in its names. */
export function reportOf(corpus: Corpus, set: SetName, { race, allocation, stages, plugins }: Measured) {
  const { bytes, texts, statistics, format } = corpus;
  const events = texts.length;
  const lanes = Object.entries(race.lanes).map(([name, { us, ratio, passRatio }]) => ({
    name,
    usPerEvent: us,
    eventsPerSecond: 1e6 / us,
    megabytesPerSecond: bytes / events / us,
    ratio,
    passRatio,
    allocation: name === "floor" || name === "product" ? allocation?.[name] : undefined,
  }));
  const product = race.lanes.product?.us ?? 0;
  const { ratio = 0, passRatio } = race.lanes.product ?? {};
  const known = Object.values(stages ?? {}).reduce((sum, us) => sum + us, 0);
  const inPlugins = (plugins ?? []).reduce((sum, { us }) => sum + us, 0);
  return {
    node: process.version,
    cores: availableParallelism(),
    corpus: { events, bytes, ...statistics },
    plugins: set,
    format,
    passes: race.passes,
    lanes,
    /** Floor over product. */
    ratio,
    noisy: Math.abs(ratio / (passRatio?.median ?? 0) - 1) > NOISE,
    stagesUs: stages && { ...stages, rest: product - known },
    pluginsUs: plugins &&
      stages && { ...Object.fromEntries(plugins.map(({ name, us }) => [name, us])), runner: stages.run - inPlugins },
    pluginShare: plugins && Object.fromEntries(plugins.map(({ name, share }) => [name, share])),
  };
}

type Report = ReturnType<typeof reportOf>;

/** The report for people. */
export function textOf(report: Report): string {
  const { lanes, stagesUs, pluginsUs, pluginShare, noisy } = report;
  const product = lanes.find(({ name }) => name === "product")?.usPerEvent ?? 0;
  const timeRow = ([name, us]: [string, number]) => [name, us.toFixed(2), percent(us / product)];
  const pluginRow = (entry: [string, number]) => [...timeRow(entry), percent(pluginShare?.[entry[0]] ?? 1)];
  return [
    corpusText(report),
    table(["", "us/event", "events/s", "MB/s", "heap B", "buffer B", "ratio", "passes"], lanes.map(laneRow)),
    `ratio: floor over this, best of ${report.passes + 1} passes for each slice; passes: quartiles of whole ones`,
    noisy ? "The machine was busy with other work: measure again, for longer (--seconds), before you compare." : "",
    stagesUs ? table(["stage", "us/event", "of product"], Object.entries(stagesUs).map(timeRow)) : "",
    pluginsUs
      ? table(["within run", "us/event", "of product", "of events"], Object.entries(pluginsUs).map(pluginRow))
      : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function laneRow(lane: Report["lanes"][number]): string[] {
  const { low, median, high } = lane.passRatio;
  return [
    lane.name,
    lane.usPerEvent.toFixed(2),
    whole(lane.eventsPerSecond),
    lane.megabytesPerSecond.toFixed(1),
    lane.allocation ? whole(lane.allocation.heap) : "",
    lane.allocation ? whole(lane.allocation.buffers) : "",
    lane.ratio.toFixed(3),
    [low, median, high].map((ratio) => ratio.toFixed(2)).join(" "),
  ];
}

function corpusText({ corpus, node, cores, plugins, format }: Report): string {
  const kinds = Object.entries(corpus.kinds).sort(([, a], [, b]) => b - a);
  const mix = kinds.map(([kind, count]) => `${percent(count / corpus.events)} ${kind}`).join(", ");
  return [
    `Node ${node}, ${cores} cores; plugins ${plugins}, format ${format}`,
    `${whole(corpus.events)} events, ${(corpus.bytes / 1e6).toFixed(2)} MB: mean ${whole(corpus.mean)} B, p50 ${whole(corpus.p50)}, p90 ${whole(corpus.p90)}, max ${whole(corpus.max)}`,
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
