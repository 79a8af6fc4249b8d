import type { Json, JsonObject } from "./json.ts";

/** An event as plugins see it: the shell that every row has, and the producer's own JSON under `details`. */
export interface LakeEvent {
  /** Set by `ensure_eventid`, or by a producer that sends the shell form. */
  eventid?: string | undefined;
  /** When it happened, e.g. `2020-03-02T17:54:33.253000+00:00`; when it arrived if the event names no time. */
  utctimestamp: string;
  /** DEBUG, INFO, WARNING... */
  severity: string;
  /** A sentence for a human. */
  summary: string;
  category: string;
  source: string;
  tags: string[];
  /** Names of the plugins that ran, in order. */
  plugins: string[];
  /** The producer's JSON with lower-case keys at every depth. */
  details: JsonObject;
}

/** What a shell field says when the event does not. */
export const SHELL_DEFAULTS = { severity: "INFO", summary: "UNKNOWN", category: "UNKNOWN", source: "UNKNOWN" } as const;

export const SHELL_TEXTS = ["severity", "summary", "category", "source"] as const;

/** A scalar as the text a string column holds; undefined for null, objects and lists. */
export function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The texts of a list; nothing for anything else, so that a row's `array<string>` columns hold what they say. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function areTexts(value: unknown): value is string[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (typeof item !== "string") return false;
  return true;
}

/**
 * The document that an event still is before `event_shell` has run, and back. Only plugins that run before the shell
 * exists need them; the two types are one object at different times.
 */
export function documentOf(event: LakeEvent): JsonObject {
  return event as unknown as JsonObject;
}

export function eventOf(document: JsonObject): LakeEvent {
  return document as unknown as LakeEvent;
}
