import { takeOver } from "../../core/layer.ts";
import { definePlugin } from "../../core/plugin.ts";
import {
  MESSAGE_FIELDS,
  PROGRAM_FIELDS,
  pamIn,
  programOf,
  readMessage,
  type Said,
  withoutModule,
} from "../../core/program.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** Programs of which another plugin knows more. */
const OTHERS = new Set(["sshd", "sshd-session", "sshd-auth", "sudo"]);

/** A message's form with the parts `user` (who did it) and `target` (to whom), and what it means. */
type Form = readonly [text: RegExp, said: Said];

const added: Said = { action: "user_added", category: "iam", success: true };
const changed: Said = { action: "user_changed", category: "iam", success: true };
const deleted: Said = { action: "user_deleted", category: "iam", success: true };
const group: Said = { action: "group_changed", category: "iam", success: true };
const switched: Said = { action: "su", category: "authentication", success: true };
const session: Said = { action: "session_opened", category: "session", success: true };

const USERMOD: readonly Form[] = [
  [/^(?:add|delete) '(?<target>[^']{1,256})' (?:to|from) (?:shadow )?group /, group],
  [/^(?:change|lock|unlock) user '(?<target>[^']{1,256})' /, changed],
];

/** By program; the first form that fits counts. */
const FORMS = new Map<string, readonly Form[]>([
  [
    "useradd",
    [
      [/^new user: name=(?<target>[^,\s]{1,256}),/, added],
      [/^failed adding user '(?<target>[^']{1,256})'/, { ...added, success: false }],
      [/^new group: name=/, { ...group, action: "group_added" }],
      ...USERMOD,
    ],
  ],
  [
    "userdel",
    [
      [/^delete user '(?<target>[^']{1,256})'/, deleted],
      [/^removed (?:shadow )?group '/, { ...group, action: "group_deleted" }],
      ...USERMOD,
    ],
  ],
  ["usermod", USERMOD],
  ["groupadd", [[/^(?:new group: name=|group added to )/, { ...group, action: "group_added" }]]],
  ["groupmod", [[/^group changed in /, group]]],
  ["groupdel", [[/^group '[^']{1,256}' removed/, { ...group, action: "group_deleted" }]]],
  ["gpasswd", [[/^user (?<target>\S{1,256}) (?:added|removed) by (?<user>\S{1,256}) (?:to|from) group /, group]]],
  ["passwd", [[/^password for '(?<target>[^']{1,256})' changed by '(?<user>[^']{1,256})'/, changed]]],
  ["chage", [[/^changed password expiry for (?<target>\S{1,256})/, changed]]],
  ["chfn", [[/^changed user '(?<target>[^']{1,256})' /, changed]]],
  ["chsh", [[/^changed user '(?<target>[^']{1,256})' /, changed]]],
  [
    "su",
    [
      [/^Successful su for (?<target>\S{1,256}) by (?<user>\S{1,256})/, switched],
      [/^FAILED su for (?<target>\S{1,256}) by (?<user>\S{1,256})/, { ...switched, success: false }],
      [/^\+ \S{1,60} (?<user>[^\s:]{1,256})[:-](?<target>\S{1,256})$/, switched],
      [/^- \S{1,60} (?<user>[^\s:]{1,256})[:-](?<target>\S{1,256})$/, { ...switched, success: false }],
      [/^BAD SU (?<user>\S{1,256}) to (?<target>\S{1,256}) on /, { ...switched, success: false }],
      [/^failed: \S{1,60} changing from (?<user>\S{1,256}) to (?<target>\S{1,256})$/, { ...switched, success: false }],
      [/^(?<user>\S{1,256}) to (?<target>\S{1,256}) on \/dev\//, switched],
      [/^\(to (?<target>[^\s)]{1,256})\) (?<user>\S{1,256}) on /, switched],
      [/^FAILED SU \(to (?<target>[^\s)]{1,256})\) (?<user>\S{1,256}) on /, { ...switched, success: false }],
    ],
  ],
  [
    "login",
    [
      [/^LOGIN ON \S{1,60} BY (?<user>\S{1,256})/, { ...session, action: "login", category: "authentication" }],
      [/^ROOT LOGIN +ON /, { ...session, action: "login", category: "authentication", user: "root" }],
      [
        /^FAILED LOGIN .{1,300} FOR '?(?<user>[^\s',]{1,256})'?,/,
        { action: "login", category: "authentication", success: false },
      ],
    ],
  ],
  ["systemd-logind", [[/^New session \S{1,20} of user (?<user>[^\s']{1,256}?)\.?$/, session]]],
  ["cron", [[/^\((?<user>[^\s)]{1,256})\) CMD \(/, { action: "cron", category: "process" }]]],
]);

/**
 * Programs of Linux that sign people in and keep their accounts, beside sshd and sudo: su, login, systemd-logind, cron,
 * useradd, usermod, userdel, groupadd, groupdel, gpasswd, passwd, chage, chfn and chsh; and what PAM writes for any other.
 * The event is a syslog line, one that a collector took apart, or one in the lake's shell.
 *
 * Sets source, category, details.action, user (who did it), targetuser (whose account it is, or became), success, and the
 * address that PAM names. A message that is none of the known ones is left to syslog.
 *
 * @see shadow-utils; su(1), login(1), of util-linux; systemd-logind.service(8); pam_unix(8); pam_faillock(8)
 */
export default definePlugin({
  name: "linux_auth",
  registration: PROGRAM_FIELDS,
  priority: 22, // after syslog (21), which finds the program in a line
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...MESSAGE_FIELDS],
  onMessage(event) {
    const logged = programOf(event.details)?.toLowerCase() ?? "";
    const program = withoutModule(logged);
    if (program === "" || OTHERS.has(program)) return event;
    const forms = FORMS.get(program === "crond" ? "cron" : program) ?? [];
    const said = readMessage(event, (text) => meaningOf(forms, text) ?? pamIn(text, logged));
    if (!said) return event;
    takeOver(event, "linux_auth");
    event.category = said.category ?? "authentication";
    setCommon(event.details, said);
    return event;
  },
  examples: [
    {
      in: '{"message":"<86>Sep 15 11:00:00 web1 su[2211]: FAILED su for root by mo"}',
      out: { source: "linux_auth", category: "authentication", user: "mo", targetuser: "root", success: false },
    },
    {
      in: '{"message":"Sep 15 11:00:00 web1 useradd[7]: new user: name=eve, UID=1001, GID=1001, home=/home/eve, shell=/bin/sh"}',
      out: { category: "iam", action: "user_added", user: undefined, targetuser: "eve", success: true },
    },
  ],
});

function meaningOf(forms: readonly Form[], text: string): Said | undefined {
  for (const [form, said] of forms) {
    const parts = form.exec(text);
    if (parts) return { ...said, user: parts.groups?.user ?? said.user, targetuser: parts.groups?.target };
  }
  return undefined;
}
