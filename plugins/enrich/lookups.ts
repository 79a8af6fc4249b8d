import { type LakeEvent, textsOf } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { createTables, type Entry, type LookupTables, SEVERITIES } from "../../core/lookup.ts";
import { definePlugin } from "../../core/plugin.ts";

/** Lists of indicators by the way they are looked up, and fields that hold one value. */
const LISTS = { address: ["_ipaddresses"], domain: ["_domains"], value: ["_hashes", "_emails", "_users", "_arns"] };
const FIELDS = {
  address: ["sourceipaddress", "destinationipaddress"],
  domain: ["hostname"],
  value: ["user", "targetuser", "hostname", "account", "useragent"],
};

type Kind = keyof typeof LISTS;

const KINDS: readonly Kind[] = ["address", "domain", "value"];

/** More hits than this are not listed: an event that is a list itself must not grow without end. */
const MAX_HITS = 20;

/** What a severity of no known name counts for: INFO. */
const UNKNOWN_RANK = SEVERITIES.indexOf("INFO");

/** Tables for the examples, made when they are asked for. */
const EXAMPLE = {
  get lookups(): LookupTables {
    const { add, tables } = createTables();
    add("threats", { match: "203.0.113.0/24", tag: "threat", severity: "CRITICAL", list: "scanners" });
    add("threats", { match: "evil.example", tag: "threat", severity: "WARNING" });
    add("ours", { match: "203.0.113.10", tag: "allowed", allow: true });
    add("people", { match: "mo", type: "value", tag: "vip" });
    return tables;
  },
};

/** A value of the event, and what a row says of it. */
interface Hit {
  readonly value: string;
  readonly entry: Entry;
}

/**
 * Looks up the event's indicators and common fields in the tables that the setting `lake:lookups` names: who owns an
 * address, what is known to be harmless, what is known to be a threat. Without the setting the plugin does not run.
 *
 * Sets details._lookups, at most 20 of `{table, value, tag, severity}` and the row's other columns, adds the tags, and raises
 * severity to the highest of them; it never lowers it. Where a row that allows a value hits, no other row's word counts for it.
 */
export default definePlugin({
  name: "lookups",
  registration: ["*"],
  priority: 30, // after the indicators
  needs: "lookups",
  adds: ["_lookups"],
  shallow: true,
  onMessage(event, { resources: { lookups } }) {
    if (!lookups) return event;
    const hits = KINDS.flatMap((kind) => hitsOf(kind, valuesOf(event.details, kind), lookups));
    const listed = event.details._lookups;
    if (hits.length === 0 || (listed !== undefined && !Array.isArray(listed))) return event;
    event.details._lookups = hits.slice(0, MAX_HITS).map(factsOf);
    for (const { entry } of hits) note(event, entry);
    return event;
  },
  examples: [
    {
      in: '{"src":"203.0.113.9","query_name":"cdn.evil.example","user":"mo"}',
      resources: EXAMPLE,
      out: {
        severity: "CRITICAL",
        tags: ["threat", "vip"],
        _lookups: [
          { table: "threats", value: "203.0.113.9", tag: "threat", severity: "CRITICAL", list: "scanners" },
          { table: "threats", value: "cdn.evil.example", tag: "threat", severity: "WARNING" },
          { table: "people", value: "mo", tag: "vip" },
        ],
      },
    },
    {
      in: '{"src":"203.0.113.10"}',
      resources: EXAMPLE,
      out: {
        severity: "INFO",
        tags: ["allowed"],
        _lookups: [{ table: "ours", value: "203.0.113.10", tag: "allowed" }],
      },
    },
    { in: '{"src":"192.0.2.1"}', resources: EXAMPLE, out: { tags: [], _lookups: undefined } },
  ],
});

/** Each value once. */
function valuesOf(details: JsonObject, kind: Kind): Set<string> {
  const values = new Set(FIELDS[kind].flatMap((name) => textsOf([details[name]])));
  for (const name of LISTS[kind]) for (const value of textsOf(details[name])) values.add(value);
  return values;
}

function hitsOf(kind: Kind, values: Iterable<string>, lookups: LookupTables): Hit[] {
  const hits: Hit[] = [];
  for (const value of values) {
    const entries = lookups[kind](value);
    if (entries.length === 0) continue;
    const allowed = entries.filter(({ allow }) => allow);
    for (const entry of allowed.length > 0 ? allowed : entries) hits.push({ value, entry });
  }
  return hits;
}

function factsOf({ value, entry: { table, tag, severity, facts } }: Hit): JsonObject {
  return { ...facts, table, value, ...(tag !== undefined && { tag }), ...(severity !== undefined && { severity }) };
}

function note(event: LakeEvent, { tag, severity, allow }: Entry): void {
  if (tag !== undefined && !event.tags.includes(tag)) event.tags.push(tag);
  if (severity === undefined || allow) return;
  const names: readonly string[] = SEVERITIES;
  const now = names.indexOf(String(event.severity).toUpperCase());
  if (SEVERITIES.indexOf(severity) > (now < 0 ? UNKNOWN_RANK : now)) event.severity = severity;
}
