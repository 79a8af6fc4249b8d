import Mustache from "mustache";
import type { LakeEvent } from "./event.ts";

/** A summary is text, not HTML: nothing is escaped, and an object prints as its JSON. */
const AS_TEXT = { escape: (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value)) };

/**
 * Fills a mustache template from an event, e.g. `{{details.user}} {{details.events.0.name}}`.
 *
 * A field that is missing, null or empty leaves nothing behind; braces in the data are not rendered again.
 */
export function render(template: string, event: LakeEvent): string {
  return Mustache.render(template, event, undefined, AS_TEXT);
}
