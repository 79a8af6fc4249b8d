import type { LakeEvent } from "../../core/event.ts";
import { isSuccess } from "../../core/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon, userIn } from "../../core/vendor.ts";

/** `org.add_member`, `git.clone`, `protected_branch.policy_override`. */
const ACTION = /^[a-z0-9_]{1,60}(?:\.[a-z0-9_]{1,60}){1,3}$/;

/** Fields that only entries of the audit log have beside an action and an actor. */
const CONTEXT = `_document_id org org_id business business_id repo repo_id actor_id actor_location user_id`.split(" ");

/** What is read of an entry, beside the common fields. */
const FIELDS = [...CONTEXT, ..."@timestamp actor actor_ip user_agent status_code team created_at".split(" ")];

/** Categories by how an action begins; the first that fits counts, and any other changes a setting. */
const CATEGORIES: readonly (readonly [start: RegExp, category: string])[] = [
  [/^git\./, "file"],
  [/^(?:user|staff)\.(?:login|logout|failed_login|two_factor|sign_in)/, "authentication"],
  [/^(?:org|business)\.sso_response/, "authentication"],
  [/^(?:team|role|org_credential|organization_role|external_|personal_access_token|public_key|oauth_a)/, "iam"],
  [
    /^(?:org|business|enterprise|repo)\.(?:invite|update_role|[\w.]{0,60}(?:member|_admin|_owner|_collaborator))/,
    "iam",
  ],
  [/^user\./, "iam"],
  [/(?:_|^)(?:vulnerability|dependabot|secret_scanning|code_scanning)_alert/, "vulnerability"],
  [/^(?:repository_vulnerability_alert|security_advisory)/, "vulnerability"],
  [/^(?:workflows|checks)\./, "process"],
  [/^packages?\./, "package"],
];

/**
 * GitHub audit log of an organization or an enterprise: one entry an event, as the REST API, streaming and the JSON
 * export have them, Git events too.
 *
 * Sets source, category, summary, utctimestamp, details.user (the actor), targetuser, sourceipaddress, useragent,
 * account (the organization, else the enterprise) and success, where the action or the status of an API request tells. GitHub's own `user`, whom the
 * action was done to, moves to details.targetuser unless it is the actor.
 *
 * @see GitHub Docs, "Audit log events for your organization" and "Using the audit log API for your enterprise"
 */
export default definePlugin({
  name: "github",
  registration: ["_document_id", "actor_ip", "actor_id", "actor_location", "org", "transport_protocol_name"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, ...FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const { action } = details;
    if (typeof action !== "string" || !isEntry(details, action)) return event;
    const target = targetOf(event);
    claim(event, "github");
    event.category = CATEGORIES.find(([start]) => start.test(action))?.[1] ?? "configuration";
    const time = toUTC(details["@timestamp"], metadata.arrivalMs) ?? toUTC(details.created_at, metadata.arrivalMs);
    event.utctimestamp = time ?? event.utctimestamp;
    setCommon(details, {
      user: details.actor,
      targetuser: target,
      sourceipaddress: details.actor_ip,
      useragent: details.user_agent,
      account: textAt(details, "org") ?? textAt(details, "business"),
      success: outcomeOf(action) ?? isSuccess(details.status_code),
    });
    event.summary = summaryOf(details, action);
    return event;
  },
  examples: [
    {
      in: `{"@timestamp":1600167600123,"_document_id":"d-1","action":"org.add_member","actor":"ada","actor_ip":"203.0.113.7",
        "org":"example","user":"mo"}`,
      out: {
        source: "github",
        category: "iam",
        utctimestamp: "2020-09-15T11:00:00.123000+00:00",
        summary: "ada: org.add_member of mo on example from IP 203.0.113.7",
        user: "ada",
        targetuser: "mo",
        sourceipaddress: "203.0.113.7",
      },
    },
  ],
});

function isEntry(details: JsonObject, action: string): boolean {
  const time = details["@timestamp"] ?? details.created_at;
  if (!ACTION.test(action) || (typeof time !== "number" && typeof time !== "string")) return false;
  const isById = typeof details._document_id === "string";
  return isById || (typeof details.actor === "string" && CONTEXT.some((name) => details[name] !== undefined));
}

/** An event that is GitHub's already, as a stored row that is sent again, has the actor in `user`. */
function targetOf(event: LakeEvent): string | undefined {
  const { user, targetuser, actor } = event.details;
  if (event.source === "github") return userIn(targetuser);
  return typeof actor === "string" && user !== actor ? userIn(user) : undefined;
}

function outcomeOf(action: string): boolean | undefined {
  if (/fail|denied|reject|blocked/.test(action)) return false;
  return action === "user.login" ? true : undefined;
}

function summaryOf(details: JsonObject, action: string): string {
  const { user, targetuser, sourceipaddress, account } = details;
  const words = [`${user ?? "someone"}: ${action}`];
  const object = textAt(details, "repo") ?? textAt(details, "team") ?? account;
  if (targetuser !== undefined) words.push(`of ${targetuser}`);
  if (object !== undefined) words.push(`on ${object}`);
  if (sourceipaddress !== undefined) words.push(`from IP ${sourceipaddress}`);
  return words.join(" ");
}
