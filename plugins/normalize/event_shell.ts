import { documentOf, type LakeEvent, SHELL_DEFAULTS, SHELL_TEXTS, scalarText, textsOf } from "../../core/event.ts";
import { isObject, type Json, type JsonObject, parseJson, setKey } from "../../core/json.ts";
import { keepCollisions, lowercaseKeys } from "../../core/keys.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";

const SHELL_KEYS = [...SHELL_TEXTS, "utctimestamp", "tags", "plugins", "details", "eventid"] as const;

/** A stored row that is sent again carries its partition, which is computed anew. */
const PARTITION_KEYS = ["year", "month", "day", "hour"];

/**
 * Gives every event the shell: the columns of the table, with defaults, and everything else under `details`.
 *
 * A top-level field of a shell name stays there if its column can hold it; otherwise (an object as `source`, a list of
 * objects as `tags`, a `utctimestamp` that is no time) it goes to `details` under its name. A top-level key wins over
 * the same key in an incoming `details`, which may be the JSON text of an object, as the lake stores it.
 * `eventid` is kept only in the shell form, that is with `details` and a `utctimestamp` or a `source` beside it.
 */
export default definePlugin({
  name: "event_shell",
  registration: ["*"],
  priority: 2,
  adds: [],
  shallow: true,
  fields: [...SHELL_KEYS, ...PARTITION_KEYS],
  onMessage: (event, metadata) => shellOf(documentOf(event), metadata),
  examples: [
    { in: '{"severity":"HIGH","foo":1}', out: { severity: "HIGH", summary: "UNKNOWN", foo: 1 } },
    { in: '{"source":{"ip":"192.0.2.1"},"tags":["a"]}', out: { source: "UNKNOWN", tags: ["a"] } },
    { in: '{"details":{"x":1},"x":2}', out: { x: 2 } },
  ],
});

function shellOf(document: JsonObject, metadata: Metadata): LakeEvent {
  const { severity, summary, category, source } = SHELL_DEFAULTS;
  const event: LakeEvent = {
    eventid: undefined,
    utctimestamp: metadata.fallback,
    severity,
    summary,
    category,
    source: metadata.source ?? source,
    tags: [],
    plugins: [],
    details: document,
  };
  if (!hasMoved(document)) return event;
  const incoming = detailsIn(document.details, metadata);
  const isRow = incoming !== undefined && typeof document.eventid === "string" && document.eventid !== "";
  const isShellForm = isRow && (typeof document.utctimestamp === "string" || typeof document.source === "string");
  event.details = incoming ?? {};
  for (const key of Object.keys(document)) {
    if (key === "details" && (incoming || document.details === null)) continue;
    if (isShellForm && (key === "eventid" || isPartition(key, document[key]))) continue;
    if (!fitsShell(event, key, document, metadata)) moveToDetails(event.details, key, document, metadata);
  }
  if (isShellForm) event.eventid = String(document.eventid);
  return event;
}

/**
 * Without any of these the document becomes `details` as it is; an `eventid` alone is a field like any other. Each is looked at
 * by its own name, which is faster than to look for those of a list.
 */
function hasMoved({ severity, summary, category, source, utctimestamp, tags, plugins, details }: JsonObject): boolean {
  const isShell = details !== undefined || utctimestamp !== undefined || tags !== undefined || plugins !== undefined;
  return isShell || severity !== undefined || summary !== undefined || category !== undefined || source !== undefined;
}

function isPartition(key: string, value: Json | undefined): boolean {
  return PARTITION_KEYS.includes(key) && typeof value === "string" && /^\d{2,4}$/.test(value);
}

/** The incoming `details`: an object, or the JSON text of one, whose keys are lower-cased here. */
function detailsIn(value: Json | undefined, { index }: Metadata): JsonObject | undefined {
  if (isObject(value)) return value;
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return undefined;
  try {
    const parsed = parseJson(value);
    if (!isObject(parsed)) return undefined;
    const details = lowercaseKeys(parsed, index);
    keepCollisions(details, index);
    return details;
  } catch {
    return undefined; // a text that only looks like JSON, or is nested too deep: it stays the text that it is
  }
}

/** Puts a top-level field into its column; false when there is none or it does not fit. */
function fitsShell(event: LakeEvent, key: string, document: JsonObject, metadata: Metadata): boolean {
  const value = document[key];
  const text = SHELL_TEXTS.find((name) => name === key);
  if (text) {
    const scalar = metadata.index.exact.get(document)?.get(key)?.source ?? scalarText(value);
    if (scalar !== undefined) event[text] = scalar;
    return scalar !== undefined || value === null;
  }
  if (key === "utctimestamp") {
    const time = toUTC(value, metadata.arrivalMs);
    event.utctimestamp = time ?? event.utctimestamp;
    return time !== undefined;
  }
  if (key !== "tags" && key !== "plugins") return false;
  const list = typeof value === "string" && key === "tags" ? [value] : value;
  event[key] = textsOf(list);
  return list === null || (Array.isArray(list) && event[key].length === list.length);
}

function moveToDetails(details: JsonObject, key: string, document: JsonObject, { index }: Metadata): void {
  setKey(details, key, document[key] ?? null);
  const number = index.exact.get(document)?.get(key);
  if (!number) return;
  const numbers = index.exact.get(details) ?? new Map();
  index.exact.set(details, numbers.set(key, number));
}
