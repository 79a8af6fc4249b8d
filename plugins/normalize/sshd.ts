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

/** OpenSSH 9.8 moved connections to sshd-session, 10.0 their authentication to sshd-auth. */
const PROGRAMS = new Set(["sshd", "sshd-session", "sshd-auth"]);

/** What sshd's unprivileged part puts behind its messages. */
const PREAUTH = " [preauth]";

type Read = (rest: string) => Omit<Said, "action"> | undefined;

/** How sshd's messages begin, what they mean, and how the rest is read. The first that fits counts. */
const MESSAGES: readonly (readonly [start: RegExp, action: string, success: boolean | undefined, read: Read])[] = [
  [/^Accepted \S{1,60} for /, "ssh_login", true, userFrom],
  [/^Failed \S{1,60} for (?:(?:invalid|illegal) user )?/, "ssh_login", false, userFrom],
  [/^(?:Postponed|Partial) \S{1,60} for (?:invalid user )?/, "ssh_login", undefined, userFrom],
  [/^(?:Invalid|Illegal) user /, "ssh_login", false, userFrom],
  [/^(?:error: )?maximum authentication attempts exceeded for (?:invalid user )?/i, "ssh_login", false, userFrom],
  [/^error: PAM: .{1,100} for (?:illegal user )?(?=\S{1,256} from )/, "ssh_login", false, userFrom],
  [/^Disconnecting: Too many authentication failures for (?:invalid user )?/, "ssh_login", false, (user) => ({ user })],
  [/^User (?=.{1,300} from \S{1,255} not allowed)/, "ssh_login", false, userFrom],
  [/^input_userauth_request: (?:invalid|illegal) user /, "ssh_login", false, (user) => ({ user })],
  [/^(?:fatal: )?Timeout before authentication for (?:connection from )?/, "ssh_login", false, peer],
  [/^Close session: user /, "ssh_disconnect", undefined, userFrom],
  [/^subsystem request for \S{1,60} by user /, "ssh_session", undefined, (rest) => ({ user: rest.split(" ", 1)[0] })],
  [/^Read error from remote host /, "ssh_disconnect", undefined, peer],
  [/^Starting session: .{1,100} for (?=\S{1,256} from )/, "ssh_session", undefined, userFrom],
  [/^Disconnected from (?:(?:authenticating|invalid) )?user /, "ssh_disconnect", undefined, userPeer],
  [/^Connection (?:closed|reset) by (?:authenticating|invalid) user /, "ssh_disconnect", undefined, userPeer],
  [/^Disconnecting (?:authenticating|invalid) user /, "ssh_disconnect", undefined, userPeer],
  [/^(?:Disconnected|Received disconnect) from /, "ssh_disconnect", undefined, peer],
  [/^Connection (?:closed|reset) by /, "ssh_disconnect", undefined, peer],
  [/^(?:banner exchange: |fatal: |ssh_dispatch_run_fatal: ){0,2}Connection from /, "ssh_connection", undefined, peer],
  [/^(?:fatal: )?Unable to negotiate (?:a key exchange method )?with /, "ssh_connection", false, peer],
  [/^Did not receive identification string from /, "ssh_connection", false, peer],
  [
    /^Bad protocol version identification (?=.{0,300} from )/,
    "ssh_connection",
    false,
    (rest) => omitUser(userFrom(rest)),
  ],
  [/^reverse mapping checking getaddrinfo for \S{1,255} \[/, "ssh_connection", undefined, peer],
  [/^Address (?=\S{2,45} maps to )/, "ssh_connection", undefined, peer],
];

/**
 * OpenSSH's server, sshd: logins that succeeded and failed, users that do not exist or may not, disconnections, probes,
 * and what PAM writes for it. The event is a syslog line, one that a collector took apart, or one in the lake's shell,
 * with the message in a field or in the summary.
 *
 * Sets source, category, details.action, user, success, the client's address and port, and the server's where a message
 * has them. A user's name is whatever the client sent: of a name made to look like an address, sshd's own counts.
 *
 * @see OpenSSH sshd(8); pam_unix(8)
 */
export default definePlugin({
  name: "sshd",
  registration: PROGRAM_FIELDS,
  priority: 22, // after syslog (21), which finds the program in a line
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...MESSAGE_FIELDS],
  onMessage(event) {
    const program = programOf(event.details) ?? "";
    if (!PROGRAMS.has(withoutModule(program))) return event;
    takeOver(event, "sshd");
    const said = readMessage(event, (text) => meaningOf(text, program));
    event.category = said?.category ?? "authentication";
    if (said) setCommon(event.details, said);
    return event;
  },
  examples: [
    {
      in: `{"message":"<86>Sep 15 11:00:00 web1 sshd[2211]: Failed password for invalid user admin from 203.0.113.9 port 51234 ssh2"}`,
      out: {
        source: "sshd",
        category: "authentication",
        summary: "Failed password for invalid user admin from 203.0.113.9 port 51234 ssh2",
        user: "admin",
        success: false,
        sourceipaddress: "203.0.113.9",
        sourceport: 51234,
        hostname: "web1",
      },
    },
    {
      in: '{"summary":"Accepted publickey for mo from 192.0.2.7 port 4000 ssh2","details":{"program":"sshd"}}',
      out: { user: "mo", success: true, sourceipaddress: "192.0.2.7" },
    },
  ],
});

function meaningOf(message: string, program: string): Said | undefined {
  const text = message.endsWith(PREAUTH) ? message.slice(0, -PREAUTH.length) : message;
  for (const [start, action, success, read] of MESSAGES) {
    const head = start.exec(text);
    const said = head ? read(text.slice(head[0].length)) : undefined;
    if (said) return { ...said, action, success };
  }
  return pamIn(text, program);
}

/** `mo from 192.0.2.7 port 4000 ...`, the last such address. */
function userFrom(rest: string): Omit<Said, "action"> | undefined {
  const at = rest.lastIndexOf(" from ");
  if (at < 0 && !rest.startsWith("from ")) return undefined;
  return { ...peer(rest.slice(at < 0 ? 5 : at + 6)), user: rest.slice(0, Math.max(at, 0)) };
}

/** `mo 192.0.2.7 port 4000 ...`, the last such address. */
function userPeer(rest: string): Omit<Said, "action"> | undefined {
  const at = rest.lastIndexOf(" port ");
  const before = rest.lastIndexOf(" ", at - 1);
  return at < 0 ? undefined : { ...peer(rest.slice(before + 1)), user: rest.slice(0, Math.max(before, 0)) };
}

const PEER = /^([^\s\]]{1,255})\]?(?: port (\d{1,5})(?: on (\S{2,45}) port (\d{1,5}))?)?/;

/** `192.0.2.7 port 4000 on 192.0.2.1 port 22 ...`; a host's name is no address, and setCommon leaves it out. */
function peer(rest: string): Omit<Said, "action"> {
  const [, word, sourceport, destinationipaddress, destinationport] = PEER.exec(rest) ?? [];
  return { sourceipaddress: word?.replace(/:$/, ""), sourceport, destinationipaddress, destinationport };
}

function omitUser(said: Omit<Said, "action"> | undefined): Omit<Said, "action"> | undefined {
  return said && { ...said, user: undefined };
}
