import { takeOver } from "../../core/layer.ts";
import { definePlugin } from "../../core/plugin.ts";
import { MESSAGE_FIELDS, PROGRAM_FIELDS, pamIn, programOf, readMessage, type Said } from "../../core/program.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** Why sudo refused, where a message of it is no error of the command: sudoers(5), "Log format". */
const REFUSED =
  /^(?:\d{1,4} incorrect password attempts?|(?:user )?NOT |command not allowed|a password is required|no tty present|sorry, |unable to |parse error|password required|authentication )/i;

/** `mo : ` and then `NAME=value` fields, or a reason before them, each after a semicolon. */
const HEAD = /^(\S{1,256}) : (?=.)/;

/**
 * sudo: commands that ran as another user, refusals, and what PAM writes for it. The event is a syslog line, one that a
 * collector took apart, or one in the lake's shell, with the message in a field or in the summary.
 *
 * Sets source, category, details.action, user (who ran sudo), targetuser (whom the command ran as), success and
 * details.command. A command that was let in counts as a success: sudo does not log what came of it.
 *
 * @see sudoers(5), "Event logging"; pam_unix(8)
 */
export default definePlugin({
  name: "sudo",
  registration: PROGRAM_FIELDS,
  priority: 22, // after syslog (21), which finds the program in a line
  adds: [...COMMON_NAMES, "command"],
  shallow: true,
  fields: [...COMMON_NAMES, ...MESSAGE_FIELDS, "command"],
  onMessage(event) {
    const { details } = event;
    if (programOf(details) !== "sudo") return event;
    takeOver(event, "sudo");
    const said: Command | undefined = readMessage(event, (text) => commandIn(text) ?? pamIn(text));
    event.category = said?.category ?? (said?.action === "authentication" ? "authentication" : "process");
    if (said) setCommon(details, said);
    if (said?.command !== undefined && details.command === undefined) details.command = said.command;
    return event;
  },
  examples: [
    {
      in: `{"message":"<85>Sep 15 11:00:00 web1 sudo: mo : TTY=pts/0 ; PWD=/home/mo ; USER=root ; COMMAND=/usr/bin/id"}`,
      out: {
        source: "sudo",
        category: "process",
        summary: "mo : TTY=pts/0 ; PWD=/home/mo ; USER=root ; COMMAND=/usr/bin/id",
        user: "mo",
        targetuser: "root",
        success: true,
        command: "/usr/bin/id",
      },
    },
    {
      in: `{"summary":"mo : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh","details":{"program":"sudo"}}`,
      out: { user: "mo", targetuser: "root", success: false, command: "/bin/sh" },
    },
  ],
});

type Command = Said & { readonly command?: string };

/** The command is last, and may hold semicolons itself. */
function commandIn(text: string): Command | undefined {
  const head = HEAD.exec(text);
  if (!head) return undefined;
  const rest = text.slice(head[0].length);
  const at = rest.indexOf("COMMAND=");
  const fields = (at < 0 ? rest : rest.slice(0, at)).split(" ; ");
  const account = fields.find((field) => field.startsWith("USER="))?.slice("USER=".length);
  const isRefused = REFUSED.test(rest);
  if (at < 0 && !isRefused) return undefined;
  const said = { action: "sudo", user: head[1], targetuser: account, success: !isRefused };
  return at < 0 ? said : { ...said, command: rest.slice(at + "COMMAND=".length) };
}
