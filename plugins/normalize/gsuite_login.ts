import { addAddresses, isAddressOrNetwork } from "../../core/ip.ts";
import { isObject, type Json, type JsonObject, removeField } from "../../core/json.ts";
import { listAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { render } from "../../core/render.ts";
import { toUTC } from "../../core/time.ts";

const KIND = "admin#reports#activity";
const FIELDS =
  "kind id.time etag ipaddress sourceipaddress _ipaddresses actor.email user events success suspicious".split(" ");

/**
 * Google Workspace login activity, one Reports API item an event.
 *
 * Sets source, category, tags, summary, utctimestamp, details.user, details.sourceipaddress, details.success (when the
 * event's name tells) and details.suspicious. An unreadable `id.time` leaves the time that the event has.
 *
 * @see Google Admin SDK, Reports API, "Activities: list" and "Login audit activity events"
 */
export default definePlugin({
  name: "gsuite_login",
  registration: ["kind"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: ["sourceipaddress", "_ipaddresses", "user", "success", "suspicious"],
  shallow: true,
  fields: FIELDS,
  onMessage(event, metadata) {
    const { details } = event;
    if (!isActivity(details.kind) || details.id === undefined || details.etag === undefined) return event;
    event.source = "gsuite";
    event.category = "authentication";
    if (!event.tags.includes("gsuite")) event.tags.push("gsuite");
    event.utctimestamp = toUTC(valueAt(details, "id.time"), metadata.arrivalMs) ?? event.utctimestamp;
    moveAddress(details);
    const user = textAt(details, "actor.email");
    if (user !== undefined) details.user = user;
    event.summary = render("{{details.user}} {{details.events.0.name}} from IP {{details.sourceipaddress}}", event);
    const name = textAt(details, "events.0.name") ?? "";
    if (name.includes("fail")) details.success = false;
    if (name.includes("success")) details.success = true;
    if (isSuspicious(details)) details.suspicious = true;
    return event;
  },
  examples: [
    {
      in: `{"kind":"admin#reports#activity","id":{"time":"2020-03-02T17:54:33.253Z"},"etag":"e","ipAddress":"203.0.113.7",
        "actor":{"email":"someone@somewhere.com"},"events":[{"type":"login","name":"login_success",
        "parameters":[{"name":"is_suspicious","boolValue":false}]}]}`,
      out: {
        source: "gsuite",
        summary: "someone@somewhere.com login_success from IP 203.0.113.7",
        utctimestamp: "2020-03-02T17:54:33.253000+00:00",
        user: "someone@somewhere.com",
        success: true,
        suspicious: undefined,
      },
    },
    { in: '{"kind":"Event","id":1,"etag":2}', out: { source: "UNKNOWN", kind: "Event" } },
  ],
});

function isActivity(kind: Json | undefined): boolean {
  return (typeof kind === "string" || Array.isArray(kind)) && kind.includes(KIND);
}

/** Google's own field wins over any other source address that was found. */
function moveAddress(details: JsonObject): void {
  const address = details.ipaddress;
  if (typeof address !== "string") return;
  details.sourceipaddress = address;
  removeField(details, "ipaddress");
  if (isAddressOrNetwork(address)) addAddresses(details, [address]);
}

function isSuspicious(details: JsonObject): boolean {
  for (const item of listAt(details, "events")) {
    for (const parameter of listAt(item, "parameters")) {
      if (isObject(parameter) && parameter.name === "is_suspicious" && parameter.boolvalue === true) return true;
    }
  }
  return false;
}
