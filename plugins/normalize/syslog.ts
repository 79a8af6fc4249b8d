import type { LakeEvent } from "../../core/event.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { fillColumns, summaryLine } from "../../core/layer.ts";
import { firstTextAt, numberAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { lineOf, priorityOf, type SyslogLine, syslogIn } from "../../core/syslog.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon, severityOf } from "../../core/vendor.ts";

/** Names that collectors give to the program: Fluent Bit, Logstash and syslog-ng, Vector, rsyslog, journald. */
const PROGRAMS = ["ident", "program", "appname", "programname", "syslog-tag", "syslogtag", "syslog_identifier"];

/** What else a collector says of a line; a `program` alone may be anything. */
const COMPANIONS = [
  "pri",
  "priority",
  "facility",
  "facility_label",
  "pid",
  "procid",
  "processid",
  "_pid",
  "syslog_facility",
];

const HOSTS = ["hostname", "host", "_hostname", "logsource"];
const TEXTS = ["message", "msg", "payload"];

/** What is set from a line, beside the common fields. */
const PARTS = ["program", "pid", "facility", "msgid", "structureddata"];

/** What else is read. */
const FIELDS = ["log", "severity", "severity_label", "level", "priority", "pri"];

/** Where journald and syslog-ng put the time; the plugin timestamps knows the other names. */
const TIMES = ["_source_realtime_timestamp", "__realtime_timestamp", "isodate"];

/**
 * Syslog: lines of RFC 5424 and RFC 3164 in `message` (or `log`), with or without a priority, and lines that Fluent Bit,
 * rsyslog, syslog-ng, Logstash, Vector or journald have taken apart.
 *
 * Sets utctimestamp and hostname; source, category and summary (the message) where nothing said them; severity from the
 * priority or the collector's word. From a line it sets details.program, pid, facility, msgid and structureddata too.
 * A time without a zone is UTC, one without a year is the latest before the event's arrival.
 *
 * @see RFC 5424; RFC 3164; RFC 6587; systemd.journal-fields(7); the manuals of the collectors
 */
export default definePlugin({
  name: "syslog",
  registration: ["message", "log", ...PROGRAMS],
  priority: 21, // after beats (20), whose documents may carry a line; before what lines carry (22)
  adds: [...COMMON_NAMES, ...PARTS, "severity"],
  shallow: true,
  fields: [...COMMON_NAMES, ...PARTS, ...PROGRAMS, ...COMPANIONS, ...HOSTS, ...TEXTS, ...TIMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const text = lineOf(details);
    const line = text === undefined ? undefined : syslogIn(text);
    if (line) {
      if (event.source === "beats") event.source = "syslog";
      if (event.summary === summaryLine(text)) event.summary = "UNKNOWN"; // beats put the whole line there
      return readLine(event, line, metadata.arrivalMs);
    }
    const priority = text?.startsWith("<") ? /^<(\d{1,3})>(?=\S)/.exec(text)?.[1] : undefined;
    if (priority !== undefined && event.source === "UNKNOWN") {
      fillColumns(event, { source: "syslog", category: "host", ...priorityOf(Number(priority)) });
      fillColumns(event, { summary: summaryLine(text?.slice(priority.length + 2)) });
    }
    if (priority === undefined && isTakenApart(details)) readFields(event, metadata.arrivalMs);
    return event;
  },
  examples: [
    {
      in: '{"message":"<38>Sep 15 11:14:15 web1 sshd[2211]: Server listening on 0.0.0.0 port 22."}',
      out: {
        utctimestamp: "2020-09-15T11:14:15+00:00",
        severity: "INFO",
        summary: "Server listening on 0.0.0.0 port 22.",
        hostname: "web1",
        program: "sshd",
        pid: "2211",
        facility: "auth",
      },
    },
    {
      in: `{"message":"<165>1 2020-09-15T11:14:15.003Z db1 app 77 ID47 [origin@32473 ip=\\"192.0.2.1\\"] checkpoint complete"}`,
      out: {
        source: "syslog",
        severity: "NOTICE",
        summary: "checkpoint complete",
        msgid: "ID47",
        structureddata: { "origin@32473": { ip: "192.0.2.1" } },
      },
    },
  ],
});

function readLine(event: LakeEvent, line: SyslogLine, arrivalMs: number): LakeEvent {
  const { details } = event;
  const { severity, facility } = priorityOf(line.priority);
  event.utctimestamp = toUTC(line.time, arrivalMs) ?? event.utctimestamp;
  setCommon(details, { hostname: line.host });
  const { program, pid, messageId: msgid, data: structureddata } = line;
  addPart(details, "program", program);
  addPart(details, "pid", pid);
  addPart(details, "facility", facility);
  addPart(details, "msgid", msgid);
  addPart(details, "structureddata", structureddata);
  fillColumns(event, { source: "syslog", category: "host", severity, summary: summaryLine(line.text) });
  return event;
}

function addPart(details: JsonObject, name: string, value: Json | undefined): void {
  if (value !== undefined && details[name] === undefined) details[name] = value;
}

function isTakenApart(details: JsonObject): boolean {
  if (firstTextAt(details, PROGRAMS) === undefined) return false;
  for (const name of COMPANIONS) if (details[name] !== undefined) return true;
  return false;
}

function readFields(event: LakeEvent, arrivalMs: number): void {
  const { details } = event;
  event.utctimestamp = timeIn(details, arrivalMs) ?? event.utctimestamp;
  setCommon(details, { hostname: firstTextAt(details, HOSTS) });
  const summary = summaryLine(firstTextAt(details, TEXTS));
  fillColumns(event, { source: "syslog", category: "host", severity: severityIn(details), summary });
  const said = severityOf(event.severity);
  if (said === undefined || said === event.severity) return;
  details.severity ??= event.severity;
  event.severity = said;
}

function timeIn(details: JsonObject, arrivalMs: number): string | undefined {
  for (const name of TIMES) {
    const time = details[name] === undefined ? undefined : toUTC(details[name], arrivalMs);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** journald's PRIORITY is the severity alone; other collectors' is the whole priority, or the severity's word. */
function severityIn(details: JsonObject): string | undefined {
  const word: Json | undefined = details.severity_label ?? details.level ?? details.priority;
  const number = numberAt(details, "pri") ?? numberAt(details, "priority");
  return severityOf(word) ?? priorityOf(number).severity;
}
