import type { Json, JsonObject } from "../../core/json.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, userIn } from "../../core/vendor.ts";

/** Categories by what an event's simple name says; the first that fits counts, and the rest is about the host. */
const CATEGORIES: readonly (readonly [words: RegExp, category: string])[] = [
  [/Logon|Logoff|UserIdentity|SsoToken/, "authentication"],
  [/Detect|Malware|Malicious|AssociateIndicator|AssociateTree|Ransom/, "malware"],
  [/^(?:Network|Dns|RawBind|Firewall|Http|Ftp|Smb|Rdp|Wifi|Tls)|Connect(?:IP|$)|ListenIP|ReceiveAccept/, "network"],
  [/^(?:User|Group)Account|^(?:Group|User)(?:Add|Remove|Delete)/, "iam"],
  [/^(?:Reg|Asep|.{0,20}Registry)|KeyUpdate|ValueUpdate/, "registry"],
  [/Driver/, "driver"],
  [/Module|Dll|ImageLoad/, "library"],
  [/File|Written|Directory|ExecutableDeleted|Quarantine/, "file"],
  [/Process|Thread|Script|CommandHistory|TerminateProc|Wmi|Injection/, "process"],
];

const FAILED = /Fail|Error|^(?:Process|FileSystemOperation)Blocked|^CrashNotification/;

/** What the sensor thinks of something, or of itself: no word that it was done. Of what it blocked, it depends on the view. */
const NO_OUTCOME =
  /Blocked|Prevented|Detect|Indicator|Quarantin|Attempt|Tamper|^FileInfo|Status|^SignInfo|^NeighborList|Telemetry$|Metadata|^ProcessRollup2Stats/;

/**
 * CrowdStrike Falcon Data Replicator: sensor events, one an event, with `event_simpleName`.
 *
 * Sets source, category, summary, utctimestamp, details.user (a SID or UID where there is no name), hostname, account (the
 * customer's id), action, success and, of events about connections, the addresses and ports of both ends: the local end
 * is the source unless the connection came in, as logons do. `aip`, the address that the sensor is seen with, is none
 * of the event's.
 *
 * @see CrowdStrike Falcon documentation, "Events Data Dictionary" and "Falcon Data Replicator"
 */
export default definePlugin({
  name: "crowdstrike_fdr",
  registration: ["event_simplename"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const action = textAt(details, "event_simplename");
    if (action === undefined || details.externalapitype !== undefined) return event;
    if (typeof details.aid !== "string" && typeof details.cid !== "string") return event;
    claim(event, "crowdstrike");
    event.category = CATEGORIES.find(([words]) => words.test(action))?.[1] ?? "host";
    // `UTCTimestamp` is the shell's own column, and `timestamp` was found where there is none.
    if (event.utctimestamp === metadata.fallback) {
      const times = [details.contexttimestamp, details._time].map((time) => toUTC(time, metadata.arrivalMs));
      event.utctimestamp = times.find(Boolean) ?? event.utctimestamp;
    }
    const isInbound = String(details.connectiondirection) === "1" || /Logon/.test(action);
    const local = firstOf(details.localaddressip4) ?? firstOf(details.localaddressip6);
    const remote = firstOf(details.remoteaddressip4) ?? firstOf(details.remoteaddressip6);
    const localPort = details.localport ?? details.lport;
    const remotePort = details.remoteport ?? details.rport;
    setCommon(details, {
      user: [details.username, details.userprincipal, details.usersid, details.uid].map(userIn).find(Boolean),
      hostname: details.computername,
      account: details.cid,
      action,
      sourceipaddress: isInbound ? remote : local,
      sourceport: isInbound ? remotePort : localPort,
      destinationipaddress: isInbound ? local : remote,
      destinationport: isInbound ? localPort : remotePort,
      success: outcomeOf(action),
    });
    event.summary = summaryOf(details, action);
    return event;
  },
  examples: [
    {
      in: `{"event_simpleName":"NetworkConnectIP4","aid":"a-1","cid":"c-1","aip":"203.0.113.7","timestamp":"1600167600123",
        "LocalAddressIP4":"192.0.2.7","LocalPort":"50123","RemoteAddressIP4":"198.51.100.9","RemotePort":"443",
        "ConnectionDirection":"0","ComputerName":"web1"}`,
      out: {
        source: "crowdstrike",
        category: "network",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "web1: NetworkConnectIP4 from 192.0.2.7 to 198.51.100.9 port 443",
        sourceipaddress: "192.0.2.7",
        destinationipaddress: "198.51.100.9",
        destinationport: 443,
        success: true,
      },
    },
  ],
});

/** A host may have several local addresses, with blanks between. */
function firstOf(addresses: Json | undefined): Json | undefined {
  return typeof addresses === "string" && addresses !== "" ? addresses.trim().split(/\s/, 1)[0] : undefined;
}

/** A sensor records what has happened: a process that ran, a file that was written, a name that was asked for. */
function outcomeOf(action: string): boolean | undefined {
  if (FAILED.test(action)) return false;
  return NO_OUTCOME.test(action) ? undefined : true;
}

function summaryOf(details: JsonObject, action: string): string {
  const { user, hostname, sourceipaddress, destinationipaddress, destinationport } = details;
  const names = ["commandline", "domainname", "targetfilename", "imagefilename", "regobjectname"];
  const what = names.map((name) => textAt(details, name)).find((text) => text !== undefined);
  const words = [`${hostname ?? details.aid ?? "a host"}: ${action}`];
  if (what !== undefined) words.push(what.slice(0, 200));
  if (sourceipaddress !== undefined) words.push(`from ${sourceipaddress}`);
  if (destinationipaddress !== undefined) words.push(`to ${destinationipaddress}`);
  if (destinationipaddress !== undefined && destinationport !== undefined) words.push(`port ${destinationport}`);
  if (user !== undefined) words.push(`(user ${user})`);
  return words.join(" ");
}
