import { type LakeEvent, SHELL_DEFAULTS, scalarText } from "./event.ts";
import { wellFormedJson } from "./json.ts";
import type { Ran } from "./ran.ts";

/** The columns of a row from `category` to where `details` begins: events of a kind have the same, which are written once. */
export interface Columns {
  readonly category: string;
  readonly source: string;
  readonly tags: readonly string[];
  /** JSON, from the comma before the first of them to the quote that begins `details`. */
  readonly bytes: Uint8Array;
}

/** Of events that the same plugins ran on, so many different columns are kept, if they are no longer than usual. */
const MOST_KEPT = 8;
const LONGEST_KEPT = 2000;

/** @param ran the event's `plugins`; undefined when they are others */
export function columnsOf(event: LakeEvent, tags: readonly string[], ran: Ran | undefined): Columns {
  const category = scalarText(event.category) ?? SHELL_DEFAULTS.category;
  const source = scalarText(event.source) ?? SHELL_DEFAULTS.source;
  const kept = ran?.columns ?? [];
  for (const columns of kept) {
    if (columns.category === category && columns.source === source && areSame(columns.tags, tags)) return columns;
  }
  const plugins = ran?.json ?? jsonOf(event.plugins);
  const json = `,"category":${jsonOf(category)},"source":${jsonOf(source)},"tags":${jsonOf(tags)},"plugins":${plugins},"details":"`;
  const columns = { category, source, tags: [...tags], bytes: Buffer.from(json) };
  if (kept.length === MOST_KEPT) kept.length = 0;
  if (json.length <= LONGEST_KEPT) kept.push(columns);
  return columns;
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

function jsonOf(value: unknown): string {
  return wellFormedJson(JSON.stringify(value));
}
