import type { JsonObject } from "../../core/json.ts";
import { endsOf, summaryLine, takeOver } from "../../core/layer.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";
import { type WindowsEvent, windowsEventIn } from "../../core/windows.ts";

type Kind = readonly [action: string, category: string, object?: string];

/** What each event is, and the field that names what it was done to (Sysmon documentation, "Events"). */
const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [1, ["process-created", "process", "commandline"]],
  [2, ["file-creation-time-changed", "file", "targetfilename"]],
  [3, ["network-connection", "network", "destinationhostname"]],
  [4, ["service-state-changed", "host", "state"]],
  [5, ["process-terminated", "process"]],
  [6, ["driver-loaded", "driver", "imageloaded"]],
  [7, ["image-loaded", "library", "imageloaded"]],
  [8, ["remote-thread-created", "process", "targetimage"]],
  [9, ["raw-access-read", "file", "device"]],
  [10, ["process-accessed", "process", "targetimage"]],
  [11, ["file-created", "file", "targetfilename"]],
  [12, ["registry-object-added-or-deleted", "registry", "targetobject"]],
  [13, ["registry-value-set", "registry", "targetobject"]],
  [14, ["registry-object-renamed", "registry", "targetobject"]],
  [15, ["file-stream-created", "file", "targetfilename"]],
  [16, ["configuration-changed", "configuration", "configuration"]],
  [17, ["pipe-created", "file", "pipename"]],
  [18, ["pipe-connected", "file", "pipename"]],
  [19, ["wmi-filter", "configuration", "name"]],
  [20, ["wmi-consumer", "configuration", "name"]],
  [21, ["wmi-binding", "configuration", "consumer"]],
  [22, ["dns-query", "network", "queryname"]],
  [23, ["file-deleted", "file", "targetfilename"]],
  [24, ["clipboard-changed", "host"]],
  [25, ["process-tampered", "process", "type"]],
  [26, ["file-delete-logged", "file", "targetfilename"]],
  [27, ["executable-blocked", "file", "targetfilename"]],
  [28, ["shredding-blocked", "file", "targetfilename"]],
  [29, ["executable-detected", "file", "targetfilename"]],
  [255, ["error", "host", "description"]],
]);

/**
 * Microsoft's Sysmon, as Winlogbeat, NXLog, Fluent Bit and Wazuh export it, and as JSON made of its XML.
 *
 * Sets source, category, summary, utctimestamp (Sysmon's own UtcTime), hostname, action, user and targetuser without
 * their domain, the addresses and ports of a network connection (its source is who opened it) and success of a DNS query
 * that was answered. Where the first level has the user with the domain, the domain is kept in details.userdomain.
 *
 * @see Microsoft Sysinternals, "Sysmon", Events
 */
export default definePlugin({
  name: "sysmon",
  registration: ["channel", "log_name"],
  priority: 22, // after beats (20), whose documents carry Winlogbeat's events
  adds: [...COMMON_NAMES, "userdomain"],
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const windows = windowsEventIn(details);
    if (!windows?.channel.toLowerCase().endsWith("sysmon/operational")) return event;
    takeOver(event, "sysmon");
    const [action, category, object] = KINDS.get(windows.id) ?? [`event-${windows.id}`, "host"];
    const times = [windows.text("utctime"), ...windows.times].map((time) => toUTC(time, metadata.arrivalMs));
    event.utctimestamp = times.find((time) => time !== undefined) ?? event.utctimestamp;
    event.category = category;
    keepDomain(details);
    setCommon(details, {
      user: withoutDomain(windows.text("user") ?? windows.text("sourceuser")),
      targetuser: withoutDomain(windows.text("targetuser")),
      sourceipaddress: windows.text("sourceip"),
      sourceport: windows.text("sourceport"),
      destinationipaddress: windows.text("destinationip"),
      destinationport: windows.text("destinationport"),
      hostname: windows.computer,
      action,
      success: windows.id === 22 && windows.text("querystatus") === "0" ? true : undefined,
    });
    event.summary = summaryOf(details, windows, action, object);
    return event;
  },
  examples: [
    {
      in: `{"@timestamp":"2020-09-15T11:00:00.900Z","winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":"1",
        "provider_name":"Microsoft-Windows-Sysmon","computer_name":"pc1","event_data":{"UtcTime":"2020-09-15 11:00:00.123",
        "Image":"C:\\\\Windows\\\\System32\\\\cmd.exe","CommandLine":"cmd /c whoami","User":"EXAMPLE\\\\mo"}}}`,
      out: {
        source: "sysmon",
        category: "process",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "mo on pc1: process-created by C:\\Windows\\System32\\cmd.exe: cmd /c whoami",
        user: "mo",
        hostname: "pc1",
      },
    },
  ],
});

function withoutDomain(user: string | undefined): string | undefined {
  return user?.slice(user.lastIndexOf("\\") + 1);
}

/** A flat export has its user, with the domain, where the lake has the user. */
function keepDomain(details: JsonObject): void {
  const user = textAt(details, "user");
  const end = user?.lastIndexOf("\\") ?? -1;
  if (user !== undefined && end > 0) details.userdomain ??= user.slice(0, end);
}

function summaryOf(details: JsonObject, windows: WindowsEvent, action: string, object: string | undefined): string {
  const who = typeof details.user === "string" ? details.user : undefined;
  const place = windows.computer === undefined ? undefined : `on ${windows.computer}`;
  const head = [who, place].filter((word) => word !== undefined).join(" ");
  const image = windows.text("image") ?? windows.text("sourceimage");
  const what = object === undefined ? undefined : summaryLine(windows.text(object));
  const said = `${action}${image === undefined ? "" : ` by ${image}`}${what === undefined ? "" : `: ${what}`}`;
  return `${head === "" ? "" : `${head}: `}${said}${endsOf(details)}`;
}
