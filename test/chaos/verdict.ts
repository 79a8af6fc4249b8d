import { idOf } from "../../core/identity.ts";
import { quarantineIdOf } from "../../core/quarantine.ts";
import type { Document } from "./payloads.ts";
import type { Stored } from "./stored.ts";
import type { Streamed } from "./stream.ts";

/** What is known of what became of documents. */
export interface Outcomes {
  readonly streamName: string;
  readonly stored: Stored;
  /** Probes of the events that the plugin dropped. */
  readonly dropped: ReadonlySet<unknown>;
}

/** What became of one document. `redriven`: Lambda gave it up, and it is an event since it was redriven. */
export interface Verdict {
  readonly outcome: "delivered" | "quarantined" | "dropped" | "redriven" | "lost";
  /** Row that it is, in the table of that name. */
  readonly table?: "events" | "quarantine";
  readonly id: string;
  /** What is wrong: why it is lost, or what nothing explains. */
  readonly problem?: string;
}

/** Looks for a document where it must be, by the id that its place on the stream gives it. */
export function verdictOn({ shard, sequence }: Streamed, document: Document, outcomes: Outcomes): Verdict {
  const { subsequence, index, fate } = document;
  const position = { stream: outcomes.streamName, shard, sequence, subsequence, index };
  if (fate === "quarantined") return verdictOnEntry(quarantineIdOf(position), document, outcomes);
  const id = document.eventid ?? idOf(position);
  if (fate === "dropped") return verdictOnDropped(id, document, outcomes);
  const isGivenUp = outcomes.stored.givenUp.has(placeOf({ shard, sequence }));
  return verdictOnEvent(id, document, isGivenUp, outcomes);
}

/** As the stream's answers and Lambda's events name a record. */
export function placeOf({ shard, sequence }: Pick<Streamed, "shard" | "sequence">): string {
  return `${shard}:${sequence}`;
}

function verdictOnEvent(
  id: string,
  { probe, tagged, fate }: Document,
  isGivenUp: boolean,
  { stored }: Outcomes,
): Verdict {
  const event = stored.events.get(id);
  if (!event) return lost(id, `${probe} is not among the events${isGivenUp ? " but given up" : ""}`);
  const outcome = isGivenUp ? "redriven" : "delivered";
  const found = { outcome, table: "events", id } as const;
  if (event.probe !== probe) return { ...found, problem: `event ${id} is ${event.probe}, not ${probe}` };
  if (tagged && !event.isTagged) return { ...found, problem: `${probe} is not tagged for its plugin's failure` };
  if (isGivenUp && fate !== "given up")
    return { ...found, problem: `${probe} was given up, though nothing is wrong with it` };
  return found;
}

function verdictOnEntry(id: string, { probe, code, bytes }: Document, { stored }: Outcomes): Verdict {
  const entry = stored.quarantine.get(id);
  if (!entry) return lost(id, `${probe} is not in quarantine`);
  if (bytes && !Buffer.from(bytes).equals(entry.payload())) return lost(id, `${probe} is not in quarantine as it came`);
  const found = { outcome: "quarantined", table: "quarantine", id } as const;
  if (entry.code === code) return found;
  return { ...found, problem: `${probe} is in quarantine as ${entry.code}, not ${code}` };
}

function verdictOnDropped(id: string, { probe }: Document, { stored, dropped }: Outcomes): Verdict {
  if (!dropped.has(probe)) return lost(id, `${probe} never came to the plugin that drops it`);
  if (!stored.events.has(id)) return { outcome: "dropped", id };
  return { outcome: "dropped", table: "events", id, problem: `${probe} is among the events though a plugin drops it` };
}

function lost(id: string, problem: string): Verdict {
  return { outcome: "lost", id, problem };
}
