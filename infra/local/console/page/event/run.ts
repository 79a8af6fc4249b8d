// An event through today's plugins: what was pasted or picked, and what became of it.
import { signal } from "@preact/signals";
import type { Normalized, StoredEvent } from "../../contract.ts";
import { announce } from "../announce.ts";
import { call, errorText } from "../api.ts";
import { counted } from "../format.ts";
import { indentJson, looksLikeJson, valueText } from "../json.ts";

const FIRST_EVENT = `{
  "eventName": "ConsoleLogin",
  "eventTime": "2026-11-24T05:06:07Z",
  "eventSource": "signin.amazonaws.com",
  "sourceIPAddress": "192.0.2.7",
  "userIdentity": { "type": "IAMUser", "userName": "mo" },
  "responseElements": { "ConsoleLogin": "Success" }
}`;

/** What the editor holds: JSON or any other text; it is sent as its bytes in UTF-8. */
export const raw = signal(FIRST_EVENT);
export const results = signal<readonly Normalized[] | undefined>(undefined);
/** Which document of a record that held several is shown. */
export const shown = signal(0);
export const problem = signal<string | undefined>(undefined);
export const recent = signal<readonly StoredEvent[] | undefined>(undefined);

/** Runs the text through the plugins as they are in the folder now. Nothing is stored. */
export async function normalize(): Promise<void> {
  try {
    results.value = await call<Normalized[]>("/api/normalize", { method: "POST", body: raw.value });
    shown.value = Math.min(shown.value, Math.max(0, results.value.length - 1));
    problem.value = undefined;
    announce(results.value.map(outcomeText).slice(0, 3).join(". "));
  } catch (error) {
    problem.value = errorText(error);
  }
}

/** In a sentence: stored, dropped or quarantined. */
export function outcomeText({ event, droppedBy, quarantined, steps }: Normalized): string {
  if (event) return `Becomes an event by ${counted(steps.length, "plugin")}`;
  if (droppedBy !== undefined) return `Dropped by ${droppedBy}`;
  return `Quarantined: ${quarantined?.code ?? "unknown"}`;
}

/** Asks for events to pick from. @param hour `2026-11-24T05`; empty for the latest */
export async function loadRecent(hour: string, source: string): Promise<void> {
  try {
    const asked = new URLSearchParams({ ...(hour && { hour }), ...(source && { source }) });
    recent.value = await call<StoredEvent[]>(`/api/events?${asked}`);
    problem.value = undefined;
    announce(counted(recent.value.length, "event"));
  } catch (error) {
    problem.value = errorText(error);
  }
}

/** Puts a stored event into the editor, in the shell form that the lake also takes, and runs it. */
export function pick(event: StoredEvent): void {
  raw.value = indentJson(shellForm(event));
  shown.value = 0;
  void normalize();
}

/** The columns of a row without the partition; `details`, stored as JSON text, is put in as it is. */
function shellForm(event: StoredEvent): string {
  const fields = Object.entries(event)
    .filter(([name]) => !["year", "month", "day", "hour"].includes(name))
    .map(([name, value]) => {
      const inline = name === "details" && typeof value === "string" && looksLikeJson(value);
      return `${JSON.stringify(name)}:${inline ? valueText(value) : JSON.stringify(value)}`;
    });
  return `{${fields.join(",")}}`;
}
