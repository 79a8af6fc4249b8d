import { isObject, type JsonObject } from "../../core/json.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** Categories by how an action begins; the first that fits counts, and any other changes a setting. */
const CATEGORIES: readonly (readonly [start: RegExp, category: string])[] = [
  [/^(?:user_login|user_logout|user_session|user_sessions)/, "authentication"],
  [/^anomaly/, "intrusion_detection"],
  [/^file_malicious/, "malware"],
  [/^(?:file|canvas)_/, "file"],
  [/^(?:user|guest|role|owner|permissions|usergroup|group|scim|default_channel_|idp_)/, "iam"],
];

/** What is read of an event, beside the common fields. */
const FIELDS = ["actor", "entity", "date_create", "context"];

/**
 * Slack Enterprise Grid audit logs: one entry an event.
 *
 * Sets source, category, summary, utctimestamp, details.user, targetuser, sourceipaddress, useragent, account (the
 * workspace or the enterprise) and success, where the action tells.
 *
 * @see Slack, "Audit Logs API" and "Audit logs actions"
 */
export default definePlugin({
  name: "slack",
  registration: ["date_create"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const { action, actor, entity } = details;
    if (typeof action !== "string" || !isObject(actor) || !isObject(entity)) return event;
    if (toUTC(details.date_create, metadata.arrivalMs) === undefined) return event;
    claim(event, "slack");
    event.category = CATEGORIES.find(([start]) => start.test(action))?.[1] ?? "configuration";
    event.utctimestamp = toUTC(details.date_create, metadata.arrivalMs) ?? event.utctimestamp;
    const user = nameAt(details, "actor.user");
    const target = nameAt(details, "entity.user");
    setCommon(details, {
      user,
      targetuser: target === user ? undefined : target,
      sourceipaddress: valueAt(details, "context.ip_address"),
      useragent: valueAt(details, "context.ua"),
      account: textAt(details, "context.location.domain") ?? textAt(details, "context.location.name"),
      success: outcomeOf(action),
    });
    event.summary = summaryOf(details, action);
    return event;
  },
  examples: [
    {
      in: `{"id":"e-1","date_create":1600167600,"action":"user_login","actor":{"type":"user","user":{"id":"W1","name":"Mo",
        "email":"Mo@example.com"}},"entity":{"type":"user","user":{"id":"W1","name":"Mo","email":"Mo@example.com"}},
        "context":{"location":{"type":"workspace","domain":"example"},"ua":"Mozilla/5.0","ip_address":"203.0.113.7"}}`,
      out: {
        source: "slack",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00+00:00",
        summary: "mo@example.com: user_login from IP 203.0.113.7",
        user: "mo@example.com",
        account: "example",
        success: true,
      },
    },
  ],
});

function nameAt(details: JsonObject, path: string): string | undefined {
  return textAt(details, `${path}.email`) ?? textAt(details, `${path}.name`) ?? textAt(details, `${path}.id`);
}

function outcomeOf(action: string): boolean | undefined {
  if (/fail|blocked|denied|rejected/.test(action)) return false;
  return /^user_(?:login|logout)$/.test(action) ? true : undefined;
}

function summaryOf(details: JsonObject, action: string): string {
  const { user, targetuser, sourceipaddress } = details;
  const type = textAt(details, "entity.type") ?? "";
  const name = textAt(details, `entity.${type}.name`) ?? textAt(details, `entity.${type}.title`);
  const words = [`${user ?? "someone"}: ${action}`];
  if (targetuser !== undefined) words.push(`of ${targetuser}`);
  else if (type !== "user" && name !== undefined) words.push(`of ${type} ${name}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  return words.join(" ");
}
