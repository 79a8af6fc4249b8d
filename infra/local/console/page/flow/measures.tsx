// Stream and consumer over the last minute: a number now, and the plot behind it.
import type { Flow } from "../../contract.ts";
import { count, counted, duration, rate, size } from "../format.ts";
import { Sparkline } from "../parts/sparkline.tsx";
import { largest, latest, type Rates, ratesOf } from "./rates.ts";

/** The numbers at the right are of the last second that had any; what stands below them is since the lake started. */
export function Measures({ samples }: { readonly samples: readonly Flow[] }) {
  const rates = ratesOf(samples);
  const flow = samples.at(-1);
  if (!flow) return null;
  const { stream, consumer } = flow;
  return (
    <section class="measures" aria-label="Stream and consumer, the last minute">
      <Measure
        name="Put rate"
        unit="records/s"
        rates={rates}
        of="records"
        text={rate}
        more={`${counted(stream.shards, "shard")} · ${count(stream.records)} in all`}
      />
      <Measure name="Bytes in" unit="/s" rates={rates} of="bytes" text={size} more={`${size(stream.bytes)} in all`} />
      <Measure
        name="Iterator age"
        unit=""
        rates={rates}
        of="iteratorAgeMs"
        text={duration}
        more="how far the consumer is behind"
        stroke="--series-2"
      />
      <Measure
        name="Batches"
        unit="/s"
        rates={rates}
        of="batches"
        text={rate}
        more={`${count(consumer.batches)} in all · ${counted(consumer.retries, "retry", "retries")}`}
        stroke="--series-3"
      />
      <Measure
        name="Consumer"
        unit="µs/event"
        rates={rates}
        of="microseconds"
        text={rate}
        more={`${count(consumer.documents)} events`}
        stroke="--series-3"
      />
    </section>
  );
}

interface MeasureProps {
  readonly name: string;
  readonly unit: string;
  readonly rates: Rates;
  readonly of: Exclude<keyof Rates, "at">;
  readonly text: (value: number) => string;
  readonly more: string;
  readonly stroke?: string;
}

function Measure({ name, unit, rates, of, text, more, stroke = "--series-1" }: MeasureProps) {
  const value = latest(rates[of]);
  const shown = value === undefined ? "–" : text(value);
  const label = `${name}, last minute: now ${shown} ${unit}, at most ${text(largest(rates[of]))}`;
  return (
    <article class="measure">
      <h2>{name}</h2>
      <p class="value">
        {shown} <small>{unit}</small>
      </p>
      <Sparkline label={label} at={rates.at} values={rates[of]} stroke={stroke} />
      <p class="more">{more}</p>
    </article>
  );
}
