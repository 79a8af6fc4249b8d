import type { JsonObject } from "../../core/json.ts";
import { endsOf, takeOver } from "../../core/layer.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";
import { type WindowsEvent, windowsEventIn } from "../../core/windows.ts";
import { AUDITS, type Audit } from "../../core/windows-audits.ts";

/** Of status codes, the one that is a success: of Kerberos and of NTLM. */
const GOOD_STATUS = /^0x0+$/i;

/** The first component of a distinguished name, `CN=mo,CN=Users,DC=example,DC=com`. */
const COMMON_NAME = /^cn=([^,]{1,256})/i;

/**
 * The Windows Security log: logons, Kerberos and NTLM, accounts and groups, processes, shares, policy; as Winlogbeat,
 * NXLog, Fluent Bit and Wazuh export it, and as JSON made of its XML.
 *
 * Sets source, category, summary, utctimestamp, details.user (who did it; of a logon, who logged on), targetuser (whom
 * it was done to or done as), the client's address and port, hostname, action, and success: what the audit says, else
 * the status of an authentication. Names are without their realm; an IPv4 address written as IPv6 is IPv4.
 *
 * @see Microsoft, "Appendix L: Events to Monitor", and the page of each event under "Advanced security audit policy"
 */
export default definePlugin({
  name: "windows_security",
  registration: ["channel", "log_name"],
  priority: 22, // after beats (20), whose documents carry Winlogbeat's events
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const windows = windowsEventIn(details);
    if (windows?.channel.toLowerCase() !== "security" || !isAudit(windows)) return event;
    takeOver(event, "windows_security");
    const audit: Audit = AUDITS.get(windows.id) ?? { action: `event-${windows.id}`, category: "host" };
    const times = windows.times.map((time) => toUTC(time, metadata.arrivalMs));
    event.utctimestamp = times.find((time) => time !== undefined) ?? event.utctimestamp;
    event.category = audit.category;
    setCommon(details, {
      ...peopleIn(windows, audit),
      sourceipaddress: addressOf(windows, audit),
      sourceport: windows.text("ipport") ?? windows.text("sourceport") ?? windows.insert(audit.inserts?.port),
      destinationipaddress: plain(windows.text("destaddress")),
      destinationport: windows.text("destport"),
      hostname: windows.computer,
      action: audit.action,
      success: outcomeOf(windows, audit),
    });
    event.summary = summaryOf(details, windows, audit);
    return event;
  },
  examples: [
    {
      in: `{"@timestamp":"2020-09-15T11:00:00.123Z","winlog":{"channel":"Security","event_id":"4625","computer_name":"dc1",
        "provider_name":"Microsoft-Windows-Security-Auditing","keywords":["Audit Failure"],"event_data":{"SubjectUserName":"-",
        "TargetUserName":"mo","TargetDomainName":"EXAMPLE","LogonType":"3","IpAddress":"203.0.113.7","IpPort":"0"}}}`,
      out: {
        source: "windows_security",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "mo: logon-failed on dc1 from 203.0.113.7 (event 4625)",
        user: "mo",
        success: false,
        sourceipaddress: "203.0.113.7",
      },
    },
  ],
});

function isAudit({ provider }: WindowsEvent): boolean {
  return provider === "" || /^microsoft-windows-(?:security-auditing|eventlog)$|^security$/i.test(provider);
}

function nameOf(text: string | undefined): string | undefined {
  const at = text?.indexOf("@") ?? -1;
  return at > 0 ? text?.slice(0, at) : text;
}

function peopleIn(windows: WindowsEvent, audit: Audit): { user: string | undefined; targetuser: string | undefined } {
  const { inserts } = audit;
  const subject = windows.text("subjectusername") ?? windows.text("accountname") ?? windows.insert(inserts?.subject);
  const target = nameOf(windows.text("targetusername") ?? windows.insert(inserts?.target));
  if (audit.logon) return { user: target ?? subject, targetuser: undefined };
  const member = windows.text("membername") ?? windows.insert(inserts?.member);
  const named = member === undefined ? windows.text("membersid") : (COMMON_NAME.exec(member)?.[1] ?? member);
  const targetuser = audit.group ? named : (target ?? windows.text("oldtargetusername"));
  return { user: nameOf(subject), targetuser };
}

function addressOf(windows: WindowsEvent, { inserts }: Audit): string | undefined {
  const names = ["ipaddress", "clientaddress", "sourceaddress"];
  return plain(names.map(windows.text).find((address) => address !== undefined) ?? windows.insert(inserts?.address));
}

function plain(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d{1,3}\.)/i, "");
}

function outcomeOf(windows: WindowsEvent, audit: Audit): boolean | undefined {
  if (windows.audit !== undefined) return windows.audit;
  if (audit.success !== undefined) return audit.success;
  const status = audit.status ? (windows.text("status") ?? windows.insert(audit.inserts?.status)) : undefined;
  return status === undefined ? undefined : GOOD_STATUS.test(status);
}

function summaryOf(details: JsonObject, windows: WindowsEvent, audit: Audit): string {
  const { user, targetuser } = details;
  const group = audit.group ? (windows.text("targetusername") ?? windows.insert(audit.inserts?.target)) : undefined;
  const process = windows.text("newprocessname") ?? windows.text("servicename") ?? windows.text("sharename");
  const words = [
    audit.action,
    process,
    typeof targetuser === "string" ? `of ${targetuser}` : undefined,
    group === undefined ? undefined : `in group ${group}`,
    windows.computer === undefined ? undefined : `on ${windows.computer}`,
  ];
  const said = words.filter((word) => word !== undefined).join(" ");
  return `${typeof user === "string" ? `${user}: ` : ""}${said}${endsOf(details)} (event ${windows.id})`;
}
