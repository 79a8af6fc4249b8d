import { type AuditFields, auditRecordIn, laurelRecordIn } from "../../core/audit.ts";
import { isAddress } from "../../core/ip.ts";
import type { JsonObject } from "../../core/json.ts";
import { endsOf, summaryLine, takeOver } from "../../core/layer.ts";
import { definePlugin } from "../../core/plugin.ts";
import { lineOf } from "../../core/syslog.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** Categories by how a record's type begins (linux/audit.h, "Audit message types"); the first that fits counts. */
const CATEGORIES: readonly (readonly [start: RegExp, category: string])[] = [
  [/^(?:USER_(?:AUTH|LOGIN|ACCT|ERR)|CRED_|ANOM_LOGIN)/, "authentication"],
  [/^(?:USER_(?:START|END|LOGOUT)|LOGIN|CRYPTO_SESSION)/, "session"],
  [/^(?:ADD_|DEL_|GRP_|ROLE_|USER_(?:MGMT|CHAUTHTOK|ROLE_CHANGE)|ACCT_)/, "iam"],
  [/^(?:CONFIG_CHANGE|USYS_CONFIG|DAEMON_CONFIG|MAC_(?:CONFIG|POLICY|STATUS))/, "configuration"],
  [/^(?:SOCK|NETFILTER|MAC_IPSEC|MAC_UNLBL)/, "network"],
  [/^(?:PATH|CWD|FS_|FD_PAIR)/, "file"],
  [/^(?:AVC|USER_AVC|APPARMOR|SELINUX_ERR|ANOM_)/, "intrusion_detection"],
  [/^KERN_MODULE/, "driver"],
  [/^(?:SYSCALL|EXECVE|PROCTITLE|USER_CMD|SECCOMP|OBJ_PID|BPRM)/, "process"],
];

/** Records that begin Laurel's events: its `ID` would summon the plugin for everything. */
const LAUREL =
  "syscall user_auth user_acct user_login user_start user_end user_cmd user_err user_mgmt user_chauthtok cred_acq cred_disp cred_refr add_user del_user add_group del_group login avc service_start service_stop crypto_session crypto_key_user config_change netfilter_cfg proctitle parent_info".split(
    " ",
  );

const OUTCOMES = new Map([
  ["success", true],
  ["yes", true],
  ["1", true],
  ["failed", false],
  ["no", false],
  ["0", false],
]);

/**
 * The Linux audit log: raw records, plain or enriched, in `message` or after a syslog header, and the JSON of Laurel.
 * (Auditbeat's documents are ECS: see beats.)
 *
 * Sets details.audit to the record's fields; source, category, summary, utctimestamp, action (the record's type),
 * hostname (the node), success (`res`, else `success`), the addresses `addr`, `src` and `dst`, user and targetuser. The
 * user is the account that the record names, else the name of the login user of an enriched record; a number is none.
 *
 * @see Linux audit documentation, "audit.rules", "auditd.conf: log_format"; Laurel, "Log format"
 */
export default definePlugin({
  name: "auditd",
  registration: ["message", "log", ...LAUREL],
  priority: 22, // after what may carry its lines: beats (20) and syslog (21)
  adds: [...COMMON_NAMES, "audit"],
  shallow: true,
  fields: [...COMMON_NAMES, "message", "log", "id", "node", "audit"],
  parsedAt: LAUREL,
  onMessage(event, metadata) {
    const { details } = event;
    const record = auditRecordIn(lineOf(details)) ?? laurelRecordIn(details, LAUREL);
    if (record === undefined) return event;
    takeOver(event, "auditd");
    const { type, time, node, fields } = record;
    if (record.isText) details.audit = { type, ...Object.fromEntries(fields) };
    event.utctimestamp = toUTC(time, metadata.arrivalMs) ?? event.utctimestamp;
    event.category = CATEGORIES.find(([start]) => start.test(type))?.[1] ?? "host";
    const isAbout = event.category === "iam"; // then the record's account is whom it is done to
    const account = accountIn(fields);
    const login = nameIn(fields, "auid");
    setCommon(details, {
      action: type.toLowerCase(),
      hostname: node,
      success: OUTCOMES.get(fields.get("res") ?? fields.get("success") ?? ""),
      user: isAbout ? (login ?? account) : (account ?? login ?? nameIn(fields, "uid")),
      targetuser: isAbout ? account : undefined,
      ...endsIn(type, fields),
    });
    event.summary = summaryLine(summaryOf(details, type, fields)) ?? event.summary;
    return event;
  },
  examples: [
    {
      in: `{"message":"type=USER_LOGIN msg=audit(1600167600.123:456): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=\\"mo\\" exe=\\"/usr/sbin/sshd\\" hostname=? addr=203.0.113.7 terminal=ssh res=failed'"}`,
      out: {
        source: "auditd",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "mo: user_login login /usr/sbin/sshd failed from 203.0.113.7",
        user: "mo",
        success: false,
        sourceipaddress: "203.0.113.7",
      },
    },
  ],
});

/** Who called is the source: of a syscall, Laurel's SOCKADDR is the other end; sshd's CRYPTO records have both. */
function endsIn(type: string, fields: AuditFields): Record<string, string | undefined> {
  const local = addressIn(fields, ["laddr"]);
  const port = fields.get("lport");
  const call = fields.get("syscall") ?? "";
  if (call === "accept" || call === "accept4") return { sourceipaddress: local, sourceport: port };
  const isHere = call === "connect" || type.startsWith("CRYPTO_");
  return {
    sourceipaddress: addressIn(fields, ["src", "addr", "saddr", "hostname"]),
    sourceport: fields.get("rport"),
    destinationipaddress: addressIn(fields, ["dst", "daddr"]) ?? (isHere ? local : undefined),
    destinationport: isHere ? port : undefined,
  };
}

function addressIn(fields: AuditFields, names: readonly string[]): string | undefined {
  return names.map((name) => fields.get(name)).find((value) => value !== undefined && isAddress(value));
}

function accountIn(fields: AuditFields): string | undefined {
  const account = fields.get("acct") ?? "?";
  return account === "?" || account === "" || /^\((?:unknown|invalid)/.test(account) ? undefined : account;
}

function nameIn(fields: AuditFields, field: string): string | undefined {
  const name = fields.get(`${field}_name`) ?? fields.get(field) ?? "unset";
  return name === "unset" || name === "?" || name.startsWith("unknown(") || /^-?\d+$/.test(name) ? undefined : name;
}

function summaryOf(details: JsonObject, type: string, fields: AuditFields): string {
  const { user, targetuser, success } = details;
  const words = ["op", "syscall", "exe", "name", "key"].map((name) => fields.get(`${name}_name`) ?? fields.get(name));
  const said = words.filter((word) => word !== undefined && word !== "?" && word !== "(null)" && word !== "null");
  const outcome = success === undefined ? [] : [success ? "succeeded" : "failed"];
  const who = typeof user === "string" ? `${user}: ` : "";
  const target = typeof targetuser === "string" ? [`of ${targetuser}`] : [];
  return `${who}${[type.toLowerCase(), ...said, ...target, ...outcome].join(" ")}${endsOf(details)}`;
}
