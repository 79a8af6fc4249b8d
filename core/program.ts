/** What a syslog event's program is and says, however the event was carried. */

import { type LakeEvent, SHELL_DEFAULTS } from "./event.ts";
import type { JsonObject } from "./json.ts";
import { pairsIn } from "./logline.ts";
import { remember } from "./memo.ts";
import { firstTextAt, textAt } from "./path.ts";
import { lineOf, syslogIn } from "./syslog.ts";

/** Names that collectors give to the program: our syslog plugin, Fluent Bit, Vector, rsyslog, journald, ECS. */
export const PROGRAM_FIELDS = [
  "program",
  "ident",
  "appname",
  "programname",
  "syslog-tag",
  "syslogtag",
  "syslog_identifier",
];

const PROGRAM_PATHS = [...PROGRAM_FIELDS, "log.syslog.appname"];

/** The first level of what {@link programOf} and {@link readMessage} look at. */
export const MESSAGE_FIELDS = [...PROGRAM_FIELDS, "log", "message", "msg", "payload"];

/** Longest message that is read, in characters; the programs write far shorter ones. */
const LONGEST = 2000;

/** The program's name without its path and its process id; undefined when nothing names it. */
export function programOf(details: JsonObject): string | undefined {
  const name = firstTextAt(details, PROGRAM_PATHS);
  return name === undefined ? undefined : bareName(name);
}

const bareName = remember(1000, (name) => name.slice(name.lastIndexOf("/") + 1).replace(/(?:\[\d{1,10}\])?:?$/, ""));

/**
 * Reads the program's message: what `read` makes of the first of the texts in which it may stand, without a syslog
 * header, that it makes anything of.
 */
export function readMessage<T>({ details, summary }: LakeEvent, read: (text: string) => T | undefined): T | undefined {
  const line = lineOf(details);
  const inLine = line === undefined ? undefined : read(bareMessage(syslogIn(line)?.text ?? line));
  if (inLine !== undefined) return inLine;
  const said = summary === SHELL_DEFAULTS.summary ? undefined : summary;
  for (const text of [textAt(details, "msg"), textAt(details, "payload"), said]) {
    const meaning = text === undefined ? undefined : read(bareMessage(text));
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

function bareMessage(text: string): string {
  return repeated(text.slice(0, LONGEST).trim());
}

/**
 * What syslogd repeats: `message repeated 3 times: [ Failed password ...]`; and what Solaris' puts before a message, as
 * `[ID 800047 auth.notice] `.
 */
function repeated(text: string): string {
  if (text.startsWith("[ID ")) return text.replace(/^\[ID \d{1,10} \w{1,20}\.\w{1,20}\] /, "");
  if (!text.startsWith("message repeated ")) return text;
  return /^message repeated \d{1,9} times: \[ ?(.*)\]$/s.exec(text)?.[1] ?? text;
}

/** What a program's message says; each is undefined where it says nothing. */
export interface Said {
  readonly action: string;
  readonly category?: string | undefined;
  readonly user?: string | undefined;
  readonly targetuser?: string | undefined;
  readonly success?: boolean | undefined;
  readonly sourceipaddress?: string | undefined;
  readonly sourceport?: string | undefined;
  readonly destinationipaddress?: string | undefined;
  readonly destinationport?: string | undefined;
}

/** A module's head `pam_unix(sshd:auth): `, older `(pam_unix) `, and sshd's own count of PAM's failures. */
const PAM = /^(?:pam_\w{1,30}\([^)]{1,60}\): |\(pam_\w{1,30}\) |PAM \d{1,4} more )/;

/** An old module's name after the program's, `su(pam_unix)`: its messages have no head. */
const OLD_MODULE = /\(pam_\w{1,30}\)$/;

/** The program's name without that of the module that speaks for it. */
export function withoutModule(program: string): string {
  return program.replace(OLD_MODULE, "");
}

const SESSION = /^session (opened|closed) for user (\S{1,256})(?: by (?:([^\s(]{1,256})?\(uid=\d{1,10}\)))?/;

/** What pam_unix and pam_faillock write of accounts. */
const ACCOUNTS: readonly (readonly [text: RegExp, said: Said])[] = [
  [/^password changed for (\S{1,256})$/, { action: "password_changed", category: "iam", success: true }],
  [
    /^Consecutive login failures for user (\S{1,256}) account temporarily locked/,
    { action: "account_locked", category: "authentication", success: false },
  ],
];

/**
 * What PAM's modules write for any program: failed authentications, sessions, new passwords and locked accounts.
 *
 * @param program the program's name as it was logged
 */
export function pamIn(text: string, program = ""): Said | undefined {
  const head = program.endsWith(")") && OLD_MODULE.test(program) ? /^(?:\d{1,4} more )?/.exec(text) : PAM.exec(text);
  if (!head) return undefined;
  const rest = text.slice(head[0].length);
  const [, verb, account, by] = SESSION.exec(rest) ?? [];
  if (account !== undefined) {
    const name = account.replace(/\(uid=\d{1,10}\)$/, "");
    const success = verb === "opened" ? true : undefined;
    const action = `session_${verb}`;
    if (by === undefined || by === "") return { action, category: "session", user: name, success };
    return { action, category: "session", user: by, targetuser: name, success };
  }
  for (const [start, said] of ACCOUNTS) {
    const name = start.exec(rest)?.[1];
    if (name !== undefined) return said.category === "iam" ? { ...said, targetuser: name } : { ...said, user: name };
  }
  const failed = /^(?:authentication failures?|auth could not identify password|conversation failed)/.test(rest);
  if (!failed && !rest.startsWith("authentication success")) return undefined;
  const pairs = pairsIn(rest);
  const user = pairs.get("user") || pairs.get("ruser") || /\[([^\]]{1,256})\]$/.exec(rest)?.[1] || undefined;
  return { action: "authentication", user, success: !failed, sourceipaddress: pairs.get("rhost") || undefined };
}
