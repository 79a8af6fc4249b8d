/** Syslog lines, as RFC 5424 and RFC 3164 and the files of /var/log have them. */

import { type JsonObject, setKey } from "./json.ts";
import { textAt } from "./path.ts";

export interface SyslogLine {
  /** Priority: facility times 8 plus severity. */
  readonly priority: number | undefined;
  readonly time: string | undefined;
  readonly host: string | undefined;
  readonly program: string | undefined;
  readonly pid: string | undefined;
  readonly messageId: string | undefined;
  /** Structured data: parameters by name, by element id, all in lower case. */
  readonly data: JsonObject | undefined;
  /** The message without its header. */
  readonly text: string;
}

/** Severities by number, RFC 5424, 6.2.1. */
const SEVERITIES = ["CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"];

/** Facilities by number, as syslog.conf names those of RFC 5424, 6.2.1. */
const FACILITIES =
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console solaris-cron local0 local1 local2 local3 local4 local5 local6 local7".split(
    " ",
  );

/** The lake's severity and the facility's name of a priority (0 to 191). */
export function priorityOf(priority: number | undefined): { severity?: string; facility?: string } {
  if (priority === undefined || !Number.isInteger(priority) || priority < 0 || priority > 191) return {};
  return { severity: SEVERITIES[priority % 8] ?? "INFO", facility: FACILITIES[Math.floor(priority / 8)] ?? "user" };
}

/** A priority, after the length that RFC 6587 frames lines with, if it is there. */
const PRIORITY = /^(?:\d{1,6} )?<(\d{1,3})>/;

/** RFC 5424, after its priority: version (1, so far), time, host, application, process id, message id. */
const HEADER_5424 =
  /^[1-9]\d{0,2} (-|\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)) (\S{1,255}) (\S{1,64}) (\S{1,128}) (\S{1,64})(?: |$)/;

/**
 * RFC 3164's time, with a year (before or after the day), a fraction or a zone in some; or an ISO time, as rsyslog and
 * systemd write it, with a blank in macOS' log.
 */
const TIME =
  /^((?:\d{4} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [A-Z]{3,4} \d{4})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)):? {1,2}(?=\S)/;

/** A program with or without its process id: `sshd[4911]: `, `postfix/smtpd[1]: `, `kernel: `. */
const TAG = /^([A-Za-z_(][\w./@()+-]{0,63})(?:\[(\d{1,10})\])?:(?:\s|$)/;

/** A host, and no word of another kind of line, as `2020-09-15T11:00:00Z ERROR main: ...` has there. */
const HOST = /^(?!(?:trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit) )([\w.:%-]{1,255}) /i;

/** The line of an event that was not taken apart: Docker, Fluent Bit and Kubernetes have it in `log`. */
export function lineOf(details: JsonObject): string | undefined {
  return textAt(details, "message") ?? textAt(details, "log");
}

/**
 * Reads a syslog line; a text that is none of the known forms is undefined.
 *
 * Without a priority only a line of a time, a host and a program counts, as /var/log/messages has it: other logs begin
 * with a time too. A tag of RFC 3164 may be missing when there is a priority.
 */
export function syslogIn(text: string): SyslogLine | undefined {
  if (!mayBegin(text.charCodeAt(0))) return undefined;
  if (text === last.text) return last.line;
  const line = readLine(text);
  if (line?.data === undefined) last = { text, line }; // structured data becomes a part of its event
  return line;
}

/** The last line: each plugin that lines of syslog may concern asks for it. */
let last: { readonly text: string; readonly line: SyslogLine | undefined } = { text: "", line: undefined };

/** A priority, a digit, or a capital letter of a month. */
function mayBegin(first: number): boolean {
  return (first >= 0x30 && first <= 0x3c) || (first >= 0x41 && first <= 0x53);
}

function readLine(text: string): SyslogLine | undefined {
  const priority = PRIORITY.exec(text);
  const rest = priority ? text.slice(priority[0].length) : text;
  const known = { priority: priority ? Number(priority[1]) : undefined };
  const modern = priority ? HEADER_5424.exec(rest) : null;
  if (modern) return { ...known, ...modernLine(modern, rest.slice(modern[0].length)) };
  const time = TIME.exec(rest);
  if (!time) return undefined;
  const afterTime = rest.slice(time[0].length);
  const local = TAG.exec(afterTime);
  const host = local ? null : HOST.exec(afterTime);
  const body = host ? afterTime.slice(host[0].length) : afterTime;
  const tag = local ?? TAG.exec(body);
  if (!tag && !(priority && host)) return undefined;
  return {
    ...known,
    time: time[1]?.replace(/^(\d{4}) ([A-Z][a-z]{2} [ \d]\d) /, "$2 $1 "),
    host: host?.[1],
    program: tag?.[1],
    pid: tag?.[2],
    messageId: undefined,
    data: undefined,
    text: body.slice(tag?.[0].length ?? 0),
  };
}

function modernLine(header: RegExpExecArray, rest: string): Omit<SyslogLine, "priority"> {
  const [time, host, program, pid, messageId] = header.slice(1, 6).map((field) => (field === "-" ? undefined : field));
  const { data, length } = structuredData(rest);
  const text = rest.slice(length).replace(/^ \ufeff?/, "");
  return { time, host, program, pid, messageId, data, text };
}

/** One element `[id name="value" ...]`; quotes, backslashes and brackets in a value have a backslash before them. */
const ELEMENT = /\[([^\s="\]]{1,64})((?: [^\s="\]]{1,64}="(?:[^"\\\]]|\\.)*")*)\]/y;
const PARAMETER = / ([^\s="\]]{1,64})="((?:[^"\\\]]|\\.)*)"/g;

function structuredData(text: string): { data: JsonObject | undefined; length: number } {
  if (text.startsWith("-")) return { data: undefined, length: 1 };
  const data: JsonObject = {};
  ELEMENT.lastIndex = 0;
  let length = 0;
  for (let element = ELEMENT.exec(text); element; element = ELEMENT.exec(text)) {
    const parameters: JsonObject = {};
    for (const [, name = "", value = ""] of (element[2] ?? "").matchAll(PARAMETER)) {
      setKey(parameters, name.toLowerCase(), value.replace(/\\(["\\\]])/g, "$1"));
    }
    setKey(data, (element[1] ?? "").toLowerCase(), parameters);
    length = ELEMENT.lastIndex;
  }
  return { data: length > 0 ? data : undefined, length };
}
