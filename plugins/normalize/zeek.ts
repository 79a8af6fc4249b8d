import type { Json, JsonObject } from "../../core/json.ts";
import { endsOf, summaryLine } from "../../core/layer.ts";
import { listAt, numberAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** Logs by a field that no other log has, for events whose log is not named in `_path`. */
const MARKS: readonly (readonly [field: string, log: string])[] = [
  ["conn_state", "conn"],
  ["qtype_name", "dns"],
  ["trans_id", "dns"],
  ["auth_success", "ssh"],
  ["kex_alg", "ssh"],
  ["request_from", "sip"],
  ["bound_p", "socks"],
  ["tree_service", "smb_cmd"],
  ["software_type", "software"],
  ["status_code", "http"],
  ["note", "notice"],
  ["fuid", "files"],
  ["seen.indicator", "intel"],
  ["certificate.serial", "x509"],
  ["request_type", "kerberos"],
  ["server_nb_computer_name", "ntlm"],
  ["domainname", "ntlm"],
  ["security_protocol", "rdp"],
  ["mailfrom", "smtp"],
  ["helo", "smtp"],
  ["share_type", "smb_mapping"],
  ["tunnel_client", "radius"],
  ["framed_addr", "radius"],
  ["cert_chain_fuids", "ssl"],
  ["cipher", "ssl"],
];

/** Logs whose category is not network. */
const CATEGORIES = new Map(
  Object.entries({
    authentication: ["kerberos", "ntlm", "radius", "ssh"],
    web: ["http"],
    file: ["files", "pe", "smb_files"],
    email: ["smtp"],
    database: ["mysql"],
    intrusion_detection: ["notice", "signatures"],
    threat: ["intel"],
  }).flatMap(([category, logs]) => logs.map((log) => [log, category])),
);

/** The outcomes that radius (`result`), socks and smb_cmd (`status`) name; every other status of these is its own. */
const OUTCOMES = new Map([
  ["success", true],
  ["succeeded", true],
  ["failed", false],
]);

/** What a log says first, in the order of the words of its summary. */
const WORDS = [
  "method",
  "host",
  "uri",
  "query",
  "qtype_name",
  "rcode_name",
  "status_code",
  "note",
  "msg",
  "request_type",
];
const MORE_WORDS = ["client", "server_name", "name", "filename", "mime_type", "command", "service", "conn_state"];

/**
 * Zeek's logs as JSON, one line an event: conn, dns, http, ssl, ssh, files, notice and the rest. The connection's ends
 * may be `id.orig_h`, `id_orig_h`, or `orig_h` in an object `id`.
 *
 * Sets source, category, summary, utctimestamp (`ts`), the addresses and ports of the originator (source) and the
 * responder (destination), user, useragent, action and success: of ssh and Kerberos what Zeek found, of http a status
 * below 400, of dns NOERROR. Zeek's own `source` (of files.log) is kept in details.source. In files.log without the
 * connection the receiver is the source, unless it was the originator that sent.
 *
 * @see Zeek manual, "Log Files" (script reference: base/protocols/..., Info records)
 */
export default definePlugin({
  name: "zeek",
  registration: [
    "id.orig_h",
    "id_orig_h",
    "orig_h",
    "_path",
    "fuid",
    "tx_hosts",
    "certificate.serial",
    "uids",
    "note",
    "software_type",
  ],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const time = toUTC(details.ts, metadata.arrivalMs);
    if (time === undefined || !isZeek(details)) return event;
    claim(event, "zeek");
    const log = textAt(details, "_path") ?? MARKS.find(([field]) => fieldAt(details, field) !== undefined)?.[1];
    event.utctimestamp = time;
    event.category = CATEGORIES.get(log ?? "") ?? "network";
    const [source, destination] = endsIn(details);
    setCommon(details, {
      sourceipaddress: source,
      destinationipaddress: destination,
      sourceport: fieldAt(details, "id.orig_p") ?? details.src_port,
      destinationport: fieldAt(details, "id.resp_p") ?? details.dst_port ?? details.p,
      user: userOf(details),
      useragent: details.user_agent,
      action: textAt(details, "note") ?? textAt(details, "method") ?? textAt(details, "request_type"),
      success: outcomeOf(details, log),
    });
    const words = [...WORDS, ...MORE_WORDS].map((name) => details[name]);
    const said = words.filter((word) => typeof word === "string" || typeof word === "number").join(" ");
    const what = [log, summaryLine(said)].filter((word) => word !== undefined).join(": ");
    event.summary = `Zeek${what && ` ${what}`}${endsOf(details)}`;
    return event;
  },
  examples: [
    {
      in: `{"ts":1600167600.123456,"uid":"CExample1","id.orig_h":"192.0.2.7","id.orig_p":51234,"id.resp_h":"198.51.100.9",
        "id.resp_p":22,"version":2,"auth_success":false,"auth_attempts":3,"client":"SSH-2.0-OpenSSH_8.2"}`,
      out: {
        source: "zeek",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00.123456+00:00",
        summary: "Zeek ssh: SSH-2.0-OpenSSH_8.2 from 192.0.2.7:51234 to 198.51.100.9:22",
        sourceipaddress: "192.0.2.7",
        destinationipaddress: "198.51.100.9",
        success: false,
      },
    },
  ],
});

/** A field of the connection, under its dotted name, with underscores, or nested. */
function fieldAt(details: JsonObject, name: string): Json | undefined {
  return details[name] ?? details[name.replace(".", "_")] ?? valueAt(details, name);
}

function isZeek(details: JsonObject): boolean {
  if (fieldAt(details, "id.orig_h") !== undefined || textAt(details, "_path") !== undefined) return true;
  const { fuid, note, uids, software_type } = details;
  if (typeof software_type === "string" && details.unparsed_version !== undefined) return true;
  if (fuid !== undefined || details["certificate.serial"] !== undefined) return true;
  return (
    (typeof note === "string" && note.includes("::")) || (Array.isArray(uids) && details.client_addr !== undefined)
  );
}

function endsIn(details: JsonObject): [source: Json | undefined, destination: Json | undefined] {
  const source = fieldAt(details, "id.orig_h") ?? details.src ?? details.src_addr ?? details.client_addr;
  const destination = fieldAt(details, "id.resp_h") ?? details.dst ?? details.dst_addr ?? details.server_addr;
  if (source !== undefined || destination !== undefined) return [source, destination];
  const sender = listAt(details, "tx_hosts")[0];
  const receiver = listAt(details, "rx_hosts")[0];
  return details.is_orig === true ? [sender, receiver] : [receiver, sender];
}

/** Kerberos names a client with its realm, `mo/EXAMPLE.COM`. */
function userOf(details: JsonObject): Json | undefined {
  const client = details.request_type === undefined ? undefined : textAt(details, "client");
  return details.username ?? details.user ?? (client?.includes("/") ? client.slice(0, client.indexOf("/")) : undefined);
}

function outcomeOf(details: JsonObject, log: string | undefined): boolean | undefined {
  if (typeof details.auth_success === "boolean") return details.auth_success;
  if (typeof details.success === "boolean") return details.success;
  const status = log === "http" || log === "sip" ? numberAt(details, "status_code") : undefined;
  if (status !== undefined) return status < 400;
  if (log === "dns" && (details.rcode_name === "NOERROR" || details.rcode === 0)) return true;
  if (log === "socks" || log === "smb_cmd") return OUTCOMES.get(textAt(details, "status")?.toLowerCase() ?? "");
  const isRadius = log === "radius" || (log === undefined && details.username !== undefined);
  return isRadius ? OUTCOMES.get(textAt(details, "result") ?? "") : undefined;
}
