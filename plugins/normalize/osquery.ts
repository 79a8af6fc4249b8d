import { isAddress } from "../../core/ip.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { summaryLine } from "../../core/layer.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** Severities of status lines: glog's numbers. */
const SEVERITIES = new Map([
  ["0", "INFO"],
  ["1", "WARNING"],
  ["2", "ERROR"],
  ["3", "CRITICAL"],
]);

/** Categories by the query's name, which its pack's author chose: packs name the table they ask. */
const CATEGORIES: readonly (readonly [words: RegExp, category: string])[] = [
  [/process|shell_history/, "process"],
  [/socket|port|dns|arp/, "network"],
  [/logged_in|(?:^|_)last$|ssh_login/, "session"],
  [/users?$|groups?$|sudoers/, "iam"],
  [/registry/, "registry"],
  [/file|fim|yara/, "file"],
  [/packages?|deb|rpm|apps|programs/, "package"],
  [/kernel_module|drivers?/, "driver"],
];

/** What became of a row since the last time. */
const CHANGES = new Set<unknown>(["added", "removed"]);

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * osquery's logs: results (differential and batched), snapshots, status lines, and the answers to distributed queries.
 *
 * Sets source, category, severity (of status lines), summary, utctimestamp (`unixTime`, else `calendarTime`), hostname
 * (the decoration, else a `hostIdentifier` that is no UUID), user (the decoration `username`, else the row's), success
 * (of distributed queries) and the addresses of socket events and remote logins. Of an open socket it cannot be told which
 * end opened it: its addresses stay in the columns.
 *
 * @see osquery documentation, "Logging", and "Remote API"
 */
export default definePlugin({
  name: "osquery",
  registration: ["hostidentifier", "node_key", "columns"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const isResult = typeof details.name === "string" && CHANGES.has(details.action) && isObject(details.columns);
    const isLine = isResult || (typeof details.hostidentifier === "string" && details.unixtime !== undefined);
    const isAnswer = isObject(details.queries) && isObject(details.statuses);
    if (!isLine && !isAnswer) return event;
    claim(event, "osquery");
    const { unixtime, calendartime, columns, severity } = details;
    const calendar = typeof calendartime === "string" ? calendartime.replace(/ UTC$/, "") : undefined;
    const time = toUTC(unixtime, metadata.arrivalMs) ?? toUTC(calendar, metadata.arrivalMs);
    event.utctimestamp = time ?? event.utctimestamp;
    event.severity = SEVERITIES.get(String(severity ?? "")) ?? event.severity;
    const query = textAt(details, "name")?.toLowerCase();
    event.category = CATEGORIES.find(([words]) => query !== undefined && words.test(query))?.[1] ?? "host";
    setCommon(details, {
      hostname: hostOf(details),
      user: userOf(details),
      success: isAnswer ? Object.values(details.statuses ?? {}).every((status) => Number(status) === 0) : undefined,
      ...endsIn(columns),
    });
    event.summary = summaryOf(details);
    return event;
  },
  examples: [
    {
      in: `{"name":"pack_ir_process_events","hostIdentifier":"web1.example.com","calendarTime":"Tue Sep 15 11:00:00 2020 UTC",
        "unixTime":1600167600,"epoch":0,"counter":3,"columns":{"path":"/usr/bin/curl","cmdline":"curl example.com"},
        "decorations":{"username":"mo"},"action":"added"}`,
      out: {
        source: "osquery",
        category: "process",
        utctimestamp: "2020-09-15T11:00:00+00:00",
        summary: "web1.example.com: pack_ir_process_events added path=/usr/bin/curl cmdline=curl example.com",
        user: "mo",
        hostname: "web1.example.com",
      },
    },
  ],
});

function hostOf(details: JsonObject): string | undefined {
  const identifier = textAt(details, "hostidentifier");
  const name = textAt(details, "decorations.hostname");
  return name ?? (identifier !== undefined && UUID.test(identifier) ? undefined : identifier);
}

function userOf({ decorations, columns }: JsonObject): Json | undefined {
  return textAt(decorations, "username") ?? textAt(columns, "username") ?? textAt(columns, "user");
}

/** Tables socket_events (whose action tells the direction), and logged_in_users and last (whose host is the remote one). */
function endsIn(columns: Json | undefined): Record<string, Json | undefined> {
  const host = textAt(columns, "host");
  if (host !== undefined && isAddress(host)) return { sourceipaddress: host };
  const [local, remote] = ["local", "remote"].map((side) => ({
    address: valueAt(columns, `${side}_address`),
    port: valueAt(columns, `${side}_port`),
  }));
  const action = textAt(columns, "action");
  if (action !== "connect" && action !== "accept") return {};
  const [from, to] = action === "connect" ? [local, remote] : [remote, local];
  return {
    sourceipaddress: from?.address,
    sourceport: from?.port,
    destinationipaddress: to?.address,
    destinationport: to?.port,
  };
}

function summaryOf(details: JsonObject): string {
  const { columns, snapshot, queries, action } = details;
  const who = textAt(details, "hostname") ?? textAt(details, "hostidentifier") ?? "osquery";
  const message = summaryLine(textAt(details, "message"));
  if (message !== undefined) return `${who}: ${message}`;
  if (isObject(queries)) return `${who}: answers to ${Object.keys(queries).length} distributed queries`;
  const rows = Array.isArray(snapshot) ? `${snapshot.length} rows` : "";
  const row = isObject(columns) ? Object.entries(columns).map(([name, value]) => `${name}=${value}`) : [];
  return `${who}: ${[details.name, action, rows, summaryLine(row.join(" "))].filter((word) => typeof word === "string" && word !== "").join(" ")}`;
}
