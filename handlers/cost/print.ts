import { table } from "../cli/terminal.ts";
import { billOf, type Line, MONTH_HOURS, totalOf } from "./bill.ts";
import { directOf, loadOf, modesOf, packingOf, SEED_TEST, seedTestOf } from "./compare.ts";
import type { Load } from "./load.ts";
import { PRICES } from "./prices.ts";
import type { Mode } from "./volumes.ts";

/** A load's bill with all that goes with it, for `--json`. */
export function costOf(load: Load, mode: Mode, hours: number) {
  const lines = billOf(load, mode, hours);
  const usd = totalOf(lines);
  return {
    load,
    mode,
    hours,
    lines: lines.map((line) => ({ ...line, ...priceOf(line) })),
    usd,
    usdPerMillionEvents: usd / ((load.eventsPerSecond * hours * 3600) / 1e6),
    packing: packingOf(load, hours),
    kinesis: modesOf(load, hours),
    firehoseAlone: directOf(load, hours),
    seedTest: { theirs: SEED_TEST, ours: seedTestOf(load.bytes) },
  };
}

function priceOf({ price }: Line) {
  const { usd: unitPrice, unit, source, seen } = PRICES[price];
  return { unitPrice, unit, source, seen };
}

/** The same for people. */
export function costText(cost: ReturnType<typeof costOf>): string {
  const { load, mode, hours, packing, kinesis, firehoseAlone } = cost;
  const head =
    `${number(load.eventsPerSecond)} events/s of ${number(load.bytes)} B for ${number(hours)} hours, ` +
    `Kinesis ${mode === "onDemand" ? "on demand" : "provisioned"}, us-east-1`;
  const rows = cost.lines.map(({ service, unit, unitPrice, quantity, usd }) => [
    service,
    money(usd),
    `${number(quantity)} ${unit}`,
    `$${unitPrice}`,
  ]);
  rows.push(["Total", money(cost.usd), `${money(cost.usdPerMillionEvents)} a million events`, ""]);
  return [
    head,
    "",
    table(["service", "cost", "of", "at"], rows, 100),
    "",
    `Packing: Firehose bills ${packing.packed.toFixed(2)} bytes for each it delivers, and would bill ${packing.unpacked.toFixed(2)} without; saves ${money(packing.savedUsd)}.`,
    modesText(kinesis, load.peak),
    `Firehose straight from the stream would bill ${money(firehoseAlone.usd)} for what Lambda and packing do for ${money(firehoseAlone.hopUsd)}, and store the events as they came.`,
    seedText(cost.seedTest.ours, load.bytes),
    "",
    "List prices without free tiers, tax and producers' traffic; lake cost --prices names their sources.",
  ].join("\n");
}

function modesText({ onDemand, provisioned, evenPeak }: ReturnType<typeof modesOf>, peak: number): string {
  const [less, than] = provisioned < onDemand ? ["provisioned", "on demand"] : ["on demand", "provisioned"];
  return (
    `Kinesis on demand ${money(onDemand)}, provisioned ${money(provisioned)} at a peak of ${peak} times the average: ${less} ` +
    `is cheaper than ${than}. They are even at a peak of ${evenPeak.toFixed(evenPeak < 10 ? 1 : 0)} times.`
  );
}

function seedText(ours: Readonly<Record<string, number>>, bytes: number): string {
  const of = (services: Readonly<Record<string, number>>) =>
    Object.entries(services)
      .map(([service, usd]) => `${service} ${money(usd)}`)
      .join(", ");
  const { direct, fromFiles } = SEED_TEST;
  return [
    `The original's test, 500 MB: ${of(direct)} straight to Firehose; ${of(fromFiles)} by files.`,
    `Here, as events of ${number(bytes)} B within an hour: ${of(ours)}; S3 for a month.`,
  ].join("\n");
}

/** Rates of the table, in events a second. */
const RATES = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** A month's bill at rates from a laptop's to a large company's, as a table in Markdown. */
export function costTable(bytes: number): string {
  const rows = RATES.map((eventsPerSecond) => {
    const load = loadOf({ eventsPerSecond, bytes });
    const lines = billOf(load, "onDemand", MONTH_HOURS);
    const of = (...services: readonly string[]) =>
      dollars(totalOf(lines.filter(({ service }) => services.includes(service))));
    const { onDemand, provisioned } = modesOf(load, MONTH_HOURS);
    const rest = totalOf(lines) - onDemand;
    const cells = [
      eventsPerSecond.toLocaleString("en-US"),
      dollars(onDemand),
      dollars(provisioned),
      of("Lambda"),
      of("Firehose"),
      dollars(packingOf(load, MONTH_HOURS).savedUsd),
      of("S3", "Athena", "CloudWatch"),
      dollars(rest + Math.min(onDemand, provisioned)),
      money((rest + Math.min(onDemand, provisioned)) / ((eventsPerSecond * MONTH_HOURS * 3600) / 1e6)),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| events/s | Kinesis on demand | or provisioned | Lambda | Firehose | saved by packing | S3, Athena, CloudWatch | a month, cheaper Kinesis | a million events |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Whole dollars, and cents below ten. */
function dollars(usd: number): string {
  return usd < 10 ? money(usd) : `$${Math.round(usd).toLocaleString("en-US")}`;
}

/** Every price with its unit, page and where it was seen. */
export function pricesText(): string {
  const rows = Object.values(PRICES).map(({ usd, unit, source, seen }) => [`$${usd}`, unit, source, seen]);
  return table(["price", "for each of", "AWS's page", "last seen"], rows, 150);
}

export function money(usd: number): string {
  const digits = usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits })}`;
}

export function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
