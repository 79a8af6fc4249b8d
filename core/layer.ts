/**
 * Layers: a format that carries others (ECS documents, syslog lines) is read by a plugin of its own, and what it carries
 * by a later one. The carrier only fills in; the later plugin makes the event its own.
 */

import { type LakeEvent, SHELL_DEFAULTS, SHELL_TEXTS } from "./event.ts";
import type { Json } from "./json.ts";
import { claim } from "./vendor.ts";

/** Sources that say how an event was carried, not what it is. */
const CARRIERS: readonly string[] = [SHELL_DEFAULTS.source, "beats", "syslog"];

/** Longest text that becomes a summary, in characters; the whole text stays in `details`. */
const MAX_SUMMARY = 300;

export type Columns = Partial<Record<(typeof SHELL_TEXTS)[number], string | undefined>>;

/** Sets columns that still have their default; a producer's or a later plugin's word stays. */
export function fillColumns(event: LakeEvent, columns: Columns): void {
  for (const name of SHELL_TEXTS) {
    if (event[name] === SHELL_DEFAULTS[name]) event[name] = columns[name] ?? event[name];
  }
}

/** Makes an event that came through a carrier the source's own; one that another source has is claimed from it. */
export function takeOver(event: LakeEvent, source: string): void {
  if (CARRIERS.includes(event.source)) event.source = source;
  else claim(event, source);
}

/** True while no plugin but a carrier's, or the source's own in an earlier run, has made the event its own. */
export function isUnclaimed(event: LakeEvent, source: string): boolean {
  return event.source === source || CARRIERS.includes(event.source);
}

/** A text as a summary: its first line, cut to 300 characters. */
export function summaryLine(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const start = text.trimStart().slice(0, MAX_SUMMARY + 1);
  const end = start.indexOf("\n");
  const line = (end < 0 ? start : start.slice(0, end)).trimEnd();
  if (line === "") return undefined;
  return line.length > MAX_SUMMARY ? `${line.slice(0, MAX_SUMMARY)}...` : line;
}

/** Who, where and whither as a sentence's parts; what is not known leaves nothing. */
export function endsOf(details: LakeEvent["details"]): string {
  const source = endOf(details.sourceipaddress, details.sourceport);
  const destination = endOf(details.destinationipaddress, details.destinationport);
  return `${source && ` from ${source}`}${destination && ` to ${destination}`}`;
}

function endOf(address: Json | undefined, port: Json | undefined): string {
  if (typeof address !== "string") return "";
  if (address === "" || typeof port !== "number") return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
