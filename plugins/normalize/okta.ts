import { isObject, type JsonObject } from "../../core/json.ts";
import { listAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, severityOf, userIn } from "../../core/vendor.ts";

/** Outcomes that say whether it worked; SKIPPED, UNANSWERED, CHALLENGE, RATE_LIMIT and UNKNOWN do not. */
const OUTCOMES = new Map([
  ["SUCCESS", true],
  ["ALLOW", true],
  ["FAILURE", false],
  ["DENY", false],
]);

/** Categories by how an event type begins; the first that fits counts. */
const CATEGORIES: readonly (readonly [start: string, category: string])[] = [
  ["user.session.", "authentication"],
  ["user.authentication.", "authentication"],
  ["user.mfa.factor.", "iam"],
  ["user.mfa.", "authentication"],
  ["policy.evaluate_sign_on", "authentication"],
  ["app.oauth2.", "authentication"],
  ["security.authenticator.", "configuration"],
  ["security.request.blocked", "network"],
  ["security.threat.", "intrusion_detection"],
  ["security.attack.", "intrusion_detection"],
  ["security.breached_credential.", "threat"],
  ["user.risk.", "threat"],
  ["user.", "iam"],
  ["group.", "iam"],
  ["application.user_membership.", "iam"],
  ["iam.", "iam"],
  ["policy.", "configuration"],
  ["application.", "configuration"],
  ["app.", "configuration"],
  ["zone.", "configuration"],
  ["network_zone.", "configuration"],
  ["device.", "host"],
  ["system.", "configuration"],
  ["core.", "configuration"],
];

/** What is read of an event, beside the common fields. */
const FIELDS = "eventtype published uuid actor outcome severity target client displaymessage request".split(" ");

/**
 * Okta System Log, one LogEvent an event; also as an event hook or EventBridge delivers it.
 *
 * Sets source, category, severity, summary, utctimestamp, details.user, targetuser, sourceipaddress, useragent, action
 * and success. A `client.ipAddress` that is missing leaves the first address of `request.ipChain`.
 *
 * @see Okta Developer, System Log API, "LogEvent object", and Okta's list of event types
 */
export default definePlugin({
  name: "okta",
  registration: ["displaymessage", "legacyeventtype"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const action = textAt(details, "eventtype");
    if (action === undefined || !isLogEvent(details)) return event;
    claim(event, "okta");
    const result = textAt(details, "outcome.result")?.toUpperCase();
    event.category = CATEGORIES.find(([start]) => action.startsWith(start))?.[1] ?? event.category;
    event.severity = severityOf(details.severity) ?? event.severity;
    event.utctimestamp = toUTC(details.published, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      user: userIn(textAt(details, "actor.alternateid")) ?? textAt(details, "actor.displayname"),
      targetuser: targetOf(details),
      sourceipaddress: textAt(details, "client.ipaddress") ?? textAt(details, "request.ipchain.0.ip"),
      useragent: textAt(details, "client.useragent.rawuseragent"),
      success: OUTCOMES.get(result ?? ""),
      action,
    });
    event.summary = summaryOf(details, action, result);
    return event;
  },
  examples: [
    {
      in: `{"eventType":"user.session.start","displayMessage":"User login to Okta","published":"2020-09-15T11:00:00.123Z",
        "uuid":"u-1","severity":"WARN","actor":{"id":"00u1","type":"User","alternateId":"Mo@example.com"},
        "client":{"ipAddress":"203.0.113.7"},"outcome":{"result":"FAILURE","reason":"INVALID_CREDENTIALS"}}`,
      out: {
        source: "okta",
        category: "authentication",
        severity: "WARNING",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "mo@example.com: User login to Okta from IP 203.0.113.7: FAILURE (INVALID_CREDENTIALS)",
        user: "mo@example.com",
        sourceipaddress: "203.0.113.7",
        success: false,
      },
    },
  ],
});

function isLogEvent(details: JsonObject): boolean {
  return typeof details.published === "string" && typeof details.uuid === "string" && isObject(details.actor);
}

/** The first account that the event is about, unless it is the actor's own. */
function targetOf(details: JsonObject): string | undefined {
  const isAccount = (target: unknown) => textAt(isObject(target) ? target : {}, "type")?.endsWith("User") === true;
  const target = listAt(details, "target").find(isAccount);
  if (target === undefined || valueAt(target, "id") === valueAt(details, "actor.id")) return undefined;
  return textAt(target, "alternateid") ?? textAt(target, "displayname");
}

function summaryOf(details: JsonObject, action: string, result: string | undefined): string {
  const { user, targetuser, sourceipaddress } = details;
  const words = [`${user ?? "someone"}: ${textAt(details, "displaymessage") ?? action}`];
  if (targetuser !== undefined) words.push(`of ${targetuser}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  const reason = textAt(details, "outcome.reason");
  const outcome = result === undefined ? "" : `: ${result}${reason === undefined ? "" : ` (${reason})`}`;
  return words.join(" ") + outcome;
}
