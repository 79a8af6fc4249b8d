import { SHELL_DEFAULTS } from "../../core/event.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { listAt, textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

const KIND = "admin#reports#activity";

/** What each application's activities are about; the applications are the Reports API's `applicationName`. */
const CATEGORIES = new Map([
  ["access_transparency", "iam"],
  ["admin", "iam"],
  ["calendar", "configuration"],
  ["chat", "web"],
  ["chrome", "host"],
  ["classroom", "web"],
  ["context_aware_access", "iam"],
  ["data_studio", "file"],
  ["drive", "file"],
  ["gcp", "iam"],
  ["gemini_in_workspace_apps", "web"],
  ["gmail", "email"],
  ["group_enterprise", "iam"],
  ["groups", "iam"],
  ["groups_enterprise", "iam"],
  ["keep", "file"],
  ["login", "authentication"],
  ["meet", "web"],
  ["mobile", "host"],
  ["rules", "configuration"],
  ["saml", "authentication"],
  ["token", "iam"],
  ["user_accounts", "iam"],
  ["vault", "file"],
]);

/** Events of the login application that are about an account, not about a sign-in. */
const ACCOUNT_CHANGES =
  /^(?:account_disabled|2sv_|titanium_|password_edit|recovery_|gov_attack_warning|email_forwarding)/;

/** Parameters that name the account an activity was done to, the likeliest first. */
const TARGETS = ["USER_EMAIL", "target_user", "user_email", "member_id", "affected_email_address", "target"];

/**
 * Google Workspace activity of every application but login; and logins with one object as `events`, as collectors split
 * them, or without an etag, which `gsuite_login` does not read. Of the others, what became of a challenge.
 *
 * Sets source, category, tags, summary, utctimestamp, details.user, targetuser, sourceipaddress, action, account and
 * success, where the event's name tells.
 *
 * @see Google Admin SDK, Reports API, "Activities: list" and "Audit activity events" of each application
 */
export default definePlugin({
  name: "gsuite_activity",
  registration: ["applicationname"],
  priority: 21, // after gsuite_login, whose category and summary are for logins
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [
    ...COMMON_NAMES,
    "kind",
    "id.time",
    "id.applicationname",
    "id.customerid",
    "etag",
    "actor.email",
    "ipaddress",
    "events",
  ],
  onMessage(event, metadata) {
    const { details } = event;
    const application = textAt(details, "id.applicationname");
    if (details.kind !== KIND || application === undefined) return event;
    const activity = valueAt(details, "events.0") ?? details.events;
    const action = textAt(activity, "name");
    if (application === "login" && !isObject(details.events) && details.etag !== undefined) {
      // gsuite_login has done the rest.
      setCommon(details, { success: details.success === undefined ? outcomeOf(action, activity) : undefined });
      return event;
    }
    event.source = "gsuite";
    event.category = categoryOf(application, action);
    if (!event.tags.includes("gsuite")) event.tags.push("gsuite");
    event.utctimestamp = toUTC(valueAt(details, "id.time"), metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      user: textAt(details, "actor.email"),
      targetuser: targetOf(activity, textAt(details, "actor.email")),
      sourceipaddress: details.ipaddress,
      success: outcomeOf(action, activity),
      action,
      account: textAt(details, "id.customerid"),
    });
    event.summary = summaryOf(details, application);
    return event;
  },
  examples: [
    {
      in: `{"kind":"admin#reports#activity","id":{"time":"2020-03-02T17:54:33.253Z","applicationName":"admin"},"etag":"e",
        "ipAddress":"203.0.113.7","actor":{"email":"boss@example.com"},"events":[{"type":"USER_SETTINGS",
        "name":"CREATE_USER","parameters":[{"name":"USER_EMAIL","value":"new@example.com"}]}]}`,
      out: {
        source: "gsuite",
        category: "iam",
        summary: "boss@example.com CREATE_USER (admin) of new@example.com from IP 203.0.113.7",
        user: "boss@example.com",
        targetuser: "new@example.com",
        sourceipaddress: "203.0.113.7",
      },
    },
  ],
});

function categoryOf(application: string, action = ""): string {
  if (application === "login" && ACCOUNT_CHANGES.test(action)) return "iam";
  if (application === "admin" && /SETTING|TOGGLE|CONFIGURATION/.test(action)) return "configuration";
  return CATEGORIES.get(application) ?? SHELL_DEFAULTS.category;
}

function targetOf(activity: Json | undefined, actor: string | undefined): Json | undefined {
  const parameters = listAt(activity, "parameters").filter(isObject);
  for (const name of TARGETS) {
    const value = parameters.find((parameter) => parameter.name === name)?.value;
    if (typeof value === "string" && value.includes("@") && value !== actor) return value;
  }
  return undefined;
}

/** Names of one activity never tell both; most tell neither. Of a challenge, its status does. */
function outcomeOf(action = "", activity: Json | undefined = undefined): boolean | undefined {
  const name = action.toLowerCase();
  if (/fail|denied|deny/.test(name)) return false;
  if (name.includes("success")) return true;
  const status = parameterOf(activity, "login_challenge_status")?.toLowerCase() ?? "";
  if (/pass/.test(status)) return true;
  return /fail|incorrect|wrong|denied|invalid|reject/.test(status) ? false : undefined;
}

function parameterOf(activity: Json | undefined, name: string): string | undefined {
  const parameter = listAt(activity, "parameters").find((item) => isObject(item) && item.name === name);
  return textAt(parameter, "value");
}

function summaryOf(details: JsonObject, application: string): string {
  const { user, action, targetuser, sourceipaddress } = details;
  const words = [`${user ?? "someone"} ${action ?? "did something"} (${application})`];
  if (targetuser !== undefined) words.push(`of ${targetuser}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  return words.join(" ");
}
