/**
 * Events of the Windows event log as collectors export them: Winlogbeat (`winlog`; before version 7 on the first level),
 * OpenTelemetry's receiver (the number as `event_id.id`), NXLog (all on the first level), Fluent Bit (values without names
 * in `StringInserts`), Wazuh (`win`), and JSON made of
 * the event's XML (`Event` with `System` and `EventData`), whose attributes have several forms.
 */

import { isObject, type Json, type JsonObject } from "./json.ts";
import { textAt, valueAt } from "./path.ts";

export interface WindowsEvent {
  readonly id: number;
  readonly channel: string;
  /** In lower case. */
  readonly provider: string;
  readonly computer: string | undefined;
  /** Where the event's time may be, in any form, the surest first. */
  readonly times: readonly (Json | undefined)[];
  /** True for an audit of a success, false for one of a failure. */
  readonly audit: boolean | undefined;
  /** A field of the event's data by its lower-case name; `-` and nothing are undefined. */
  text(name: string): string | undefined;
  /** A value of Fluent Bit's `StringInserts`; undefined where the data have names. */
  insert(position: number | undefined): string | undefined;
}

/** Reads an event; undefined when it does not name its channel and its number. */
export function windowsEventIn(details: JsonObject): WindowsEvent | undefined {
  const root = rootOf(details);
  const system = isObject(root.system) ? root.system : root;
  const channel = firstText(system, ["channel", "log_name"]);
  const id = Number(firstText(system, ["eventid", "event_id"]) ?? Number.NaN);
  if (channel === undefined || !Number.isInteger(id) || id < 0) return undefined;
  const data = dataOf(root);
  const flat = Object.keys(data).length === 0 && system === root ? root : {};
  const inserts = root.stringinserts;
  const text = (name: string) => textOf(data[name]) ?? textOf(flat[name]);
  return {
    id,
    channel,
    provider: firstText(system, ["provider_name", "providername", "provider", "sourcename", "source_name"]) ?? "",
    computer: firstText(system, ["computer_name", "computer", "computername", "hostname"]),
    times: timesIn(details, system, text("utctime")),
    audit: auditIn([root.keywords, system.keywords, root.eventtype, root.outcome, system.severityvalue]),
    text,
    insert: (position) => (Array.isArray(inserts) && position !== undefined ? textOf(inserts[position]) : undefined),
  };
}

function rootOf(details: JsonObject): JsonObject {
  const { winlog, win, event } = details;
  const wazuh = valueAt(details, "data.win");
  const roots = [winlog, win, wazuh, isObject(event) && isObject(event.system) ? event : undefined];
  return roots.find(isObject) ?? details;
}

/** An attribute of an XML element, in the forms that converters give it. */
function attribute(element: Json | undefined, name: string): string | undefined {
  const forms = [name, `@${name}`, `#attributes.${name}`, `$.${name}`];
  return forms.map((path) => textOf(valueAt(element, path))).find((value) => value !== undefined);
}

/** A value, or what an XML element holds beside its attributes. */
function contentOf(value: Json | undefined): string | undefined {
  if (!isObject(value)) return textOf(value);
  return ["#text", "_", "text", "value", "content", "id"]
    .map((name) => textOf(value[name]))
    .find((text) => text !== undefined);
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "number") return String(value);
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" || text === "-" ? undefined : text;
}

function firstText(node: JsonObject, names: readonly string[]): string | undefined {
  const texts = names.map((name) => contentOf(node[name]) ?? attribute(node[name], "name"));
  return texts.find((text) => text !== undefined);
}

/** The event's data by name, wherever the export has it; those of `UserData` are one level deeper. */
function dataOf(root: JsonObject): JsonObject {
  const data: JsonObject = {};
  for (const part of [root.event_data, root.eventdata, root.user_data, root.userdata]) {
    if (!isObject(part)) continue;
    addData(data, part);
    for (const inner of Object.values(part)) if (isObject(inner)) addData(data, inner);
  }
  return data;
}

function addData(data: JsonObject, part: JsonObject): void {
  for (const [key, value] of Object.entries(part)) {
    for (const item of Array.isArray(value) ? value : []) {
      const name = attribute(item, "name")?.toLowerCase();
      if (name !== undefined && name !== "__proto__") data[name] = contentOf(item) ?? null;
    }
    if (!Array.isArray(value) && key !== "__proto__") data[key] ??= contentOf(value) ?? null;
  }
}

/** NXLog's and Fluent Bit's times may be without a zone: they come last. */
function timesIn(details: JsonObject, system: JsonObject, utc: string | undefined): (Json | undefined)[] {
  const { timecreated } = system;
  const written = [timecreated, details.eventtime].filter((time) => typeof time === "string");
  const zoned = written.filter((time) => /(?:Z|[+-]\d\d:?\d\d)$/.test(time));
  const sure = [
    attribute(timecreated, "systemtime"),
    textAt(system, "systemtime") ?? textAt(system, "system_time"),
    ...zoned,
    utc,
    details["@timestamp"],
  ];
  return [...sure, ...written, details.timegenerated];
}

/** Bits of the number that Windows has for keywords: WINEVENT_KEYWORD_AUDIT_SUCCESS and ..._FAILURE (winmeta.xml). */
const SUCCESS = 0x20_0000_0000_0000n;
const FAILURE = 0x10_0000_0000_0000n;

/** Keywords in words ("Audit Success", AUDIT_FAILURE, SuccessAudit, success) or as their number. */
function auditIn(values: readonly (Json | undefined)[]): boolean | undefined {
  for (const value of values.flat()) {
    const text = typeof value === "number" && Number.isInteger(value) ? String(BigInt(value)) : textOf(value ?? null);
    if (text === undefined || text.length > 100) continue;
    const isNumber = /^(?:0x[0-9a-f]{1,16}|-?\d{1,20})$/i.test(text);
    const bits = isNumber ? BigInt.asUintN(64, BigInt(text)) : 0n;
    if (bits & SUCCESS || /^(?:audit[ _])?success(?:audit)?$/i.test(text)) return true;
    if (bits & FAILURE || /^(?:audit[ _])?failure(?:audit)?$/i.test(text)) return false;
  }
  return undefined;
}
