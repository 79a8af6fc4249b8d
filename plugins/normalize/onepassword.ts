import { isObject, type JsonObject } from "../../core/json.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, type CommonFields, claim, saidIn, setCommon } from "../../core/vendor.ts";

/** Categories of sign-in attempts that let someone in; every other one is a refusal. */
const GOOD = new Set(["success", "firewall_reported_success"]);

/** Types of objects that are accounts or give rights to them; other audit events change settings. */
const ACCOUNTS = /^(?:user|invite|group|gm|gva|uva|role|plan|device|dlgdsess|ec|sso|mngdacc|provisioning|satoken)$/;

/** What is read of an event, beside the common fields. */
const FIELDS =
  `category target_user client uuid object_type item_uuid timestamp type vault_uuid actor_uuid actor_details
  object_details session aux_details`.split(/\s+/);

/**
 * 1Password Events API: sign-in attempts, item usages and audit events.
 *
 * Sets source, category, summary, utctimestamp, details.user, sourceipaddress, action and success (of sign-ins and of
 * item usages, which are recorded when they are done). An item usage's own `user`, an object, is
 * details._user. What a sign-in attempt calls category is kept in details.
 *
 * @see 1Password Developer, "Events API reference": "Sign-in attempts", "Item usage" and "Audit events"
 */
export default definePlugin({
  name: "onepassword",
  registration: ["session_uuid", "vault_uuid", "actor_uuid"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const outcome = saidIn(event, "onepassword", "category");
    const fields = attemptOf(details, outcome) ?? usageOf(details) ?? auditOf(details);
    if (fields === undefined || typeof details.uuid !== "string") return event;
    claim(event, "onepassword");
    event.category = categoryOf(details);
    event.utctimestamp = toUTC(details.timestamp, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, fields);
    event.summary = summaryOf(details, outcome);
    return event;
  },
  examples: [
    {
      in: `{"uuid":"U1","session_uuid":"S1","timestamp":"2020-09-15T11:00:00.123456789Z","country":"DE","category":
        "credentials_failed","type":"password_secret_bad","target_user":{"uuid":"T1","name":"Mo","email":"Mo@example.com"},
        "client":{"app_name":"1Password Browser","ip_address":"203.0.113.7"}}`,
      out: {
        source: "onepassword",
        category: "authentication",
        utctimestamp: "2020-09-15T11:00:00.123456+00:00",
        summary: "mo@example.com: sign-in from IP 203.0.113.7: credentials_failed (password_secret_bad)",
        user: "mo@example.com",
        sourceipaddress: "203.0.113.7",
        success: false,
      },
    },
  ],
});

function attemptOf(details: JsonObject, outcome: string | undefined): CommonFields | undefined {
  const { target_user: user, client } = details;
  if (!isObject(user) || !isObject(client) || outcome === undefined) return undefined;
  return {
    user: textAt(user, "email") ?? textAt(user, "name"),
    sourceipaddress: client.ip_address,
    action: "sign-in",
    success: GOOD.has(outcome),
  };
}

function usageOf({ item_uuid, vault_uuid, user, client }: JsonObject): CommonFields | undefined {
  if (typeof item_uuid !== "string" || typeof vault_uuid !== "string" || user === undefined) return undefined;
  const sourceipaddress = isObject(client) ? client.ip_address : undefined;
  return { user: textAt(user, "email") ?? textAt(user, "name"), sourceipaddress, success: true };
}

/** Without `actor_details`, as before 2023, only an id tells who it was. */
function auditOf(details: JsonObject): CommonFields | undefined {
  const { actor_uuid, object_type, action } = details;
  if (typeof actor_uuid !== "string" || typeof object_type !== "string" || typeof action !== "string") return undefined;
  const user = textAt(details, "actor_details.email") ?? textAt(details, "actor_details.name") ?? actor_uuid;
  const isUser = object_type === "user";
  const target = isUser ? textAt(details, "object_details.email") : textAt(details, "aux_details.email");
  return { user, targetuser: target, sourceipaddress: textAt(details, "session.ip") };
}

function categoryOf({ target_user, object_type, item_uuid }: JsonObject): string {
  if (isObject(target_user)) return "authentication";
  if (typeof item_uuid === "string") return "iam";
  return ACCOUNTS.test(String(object_type)) ? "iam" : "configuration";
}

function summaryOf(details: JsonObject, outcome: string | undefined): string {
  const { user, action, targetuser, object_type, sourceipaddress, item_uuid, type } = details;
  const who = typeof user === "string" ? user : "someone";
  const words = [`${who}: ${typeof action === "string" ? action : "use"}`];
  if (typeof object_type === "string") words.push(`(${object_type})`);
  if (typeof item_uuid === "string") words.push(`of item ${item_uuid}`);
  if (targetuser !== undefined) words.push(`of ${targetuser}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  if (outcome === undefined) return words.join(" ");
  return `${words.join(" ")}: ${outcome}${typeof type === "string" ? ` (${type})` : ""}`;
}
