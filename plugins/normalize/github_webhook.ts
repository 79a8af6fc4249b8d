import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { textAt, valueAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/**
 * What an event is about, by the key that its payload has (the event's name is only in an HTTP header), and its
 * category.
 */
const OBJECTS = new Map([
  ["review", "configuration"],
  ["comment", "configuration"],
  ["pull_request", "configuration"],
  ["issue", "configuration"],
  ["discussion", "configuration"],
  ["membership", "iam"],
  ["member", "iam"],
  ["team", "iam"],
  ["invitation", "iam"],
  ["alert", "vulnerability"],
  ["security_advisory", "vulnerability"],
  ["repository_advisory", "vulnerability"],
  ["workflow_job", "process"],
  ["workflow_run", "process"],
  ["check_run", "process"],
  ["check_suite", "process"],
  ["deployment_status", "process"],
  ["deployment", "process"],
  ["release", "package"],
  ["package", "package"],
  ["key", "iam"],
  ["rule", "configuration"],
  ["hook", "configuration"],
  ["forkee", "file"],
  ["pages", "configuration"],
  ["milestone", "configuration"],
  ["projects_v2_item", "configuration"],
  ["project_card", "configuration"],
  ["project_column", "configuration"],
  ["project", "configuration"],
  ["build", "process"],
  ["sponsorship", "configuration"],
]);

/** Conclusions of runs and states of deployments; skipped, neutral and pending are neither. */
const OUTCOMES = new Map([
  ["success", true],
  ["failure", false],
  ["error", false],
  ["timed_out", false],
  ["startup_failure", false],
]);

/**
 * GitHub webhooks: the payload of any event of a repository, an organization or an app.
 *
 * Sets source, category, summary, utctimestamp, details.user (the sender), targetuser (of memberships), account (the
 * organization, else the repository's owner), action where GitHub has none, and success of runs and deployments. The
 * time is when the object was changed or, of a push, when it was pushed; a repository's own times are not the event's.
 *
 * @see GitHub Docs, "Webhook events and payloads"
 */
export default definePlugin({
  name: "github_webhook",
  registration: ["sender"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    const sender = textAt(details, "sender.login");
    if (sender === undefined || typeof valueAt(details, "sender.id") !== "number" || !isPayload(details)) return event;
    claim(event, "github");
    const kind = kindOf(details);
    const object = details[kind];
    event.category = OBJECTS.get(kind) ?? (kind === "push" || kind === "ref" ? "file" : "configuration");
    const times = timesOf(details, object, kind);
    event.utctimestamp = times.map((time) => toUTC(time, metadata.arrivalMs)).find(Boolean) ?? event.utctimestamp;
    setCommon(details, {
      user: sender,
      targetuser: textAt(details, "member.login") ?? textAt(details, "membership.user.login"),
      account: textAt(details, "organization.login") ?? textAt(details, "repository.owner.login"),
      action: details.action ?? kind,
      success: OUTCOMES.get(textAt(object, "conclusion") ?? textAt(object, "state") ?? ""),
    });
    event.summary = summaryOf(details, object, kind);
    return event;
  },
  examples: [
    {
      in: `{"action":"added","member":{"login":"mo","id":2},"repository":{"full_name":"example/web","owner":{"login":"example"}},
        "sender":{"login":"ada","id":1}}`,
      out: {
        source: "github",
        category: "iam",
        summary: "ada: member added mo on example/web",
        user: "ada",
        targetuser: "mo",
        account: "example",
      },
    },
  ],
});

/** Events of an account itself, such as sponsorships, have nothing beside the sender that all of them share. */
function isPayload({ repository, organization, installation, enterprise, action, sender }: JsonObject): boolean {
  const isOfAccount = typeof action === "string" && textAt(sender, "node_id") !== undefined;
  return isOfAccount || [repository, organization, installation, enterprise].some(isObject);
}

function kindOf(details: JsonObject): string {
  if (isObject(details.pusher)) return "push";
  for (const key of OBJECTS.keys()) if (isObject(details[key])) return key;
  return typeof details.ref_type === "string" ? "ref" : "repository";
}

/** `repository.pushed_at` is in seconds since 1970, and of this push, only in the payload of a push. */
function timesOf(details: JsonObject, object: Json | undefined, kind: string): (Json | undefined)[] {
  if (kind === "push") return [valueAt(details, "repository.pushed_at"), valueAt(details, "head_commit.timestamp")];
  const names = ["submitted_at", "updated_at", "completed_at", "created_at", "started_at"];
  if (kind === "ref") return [valueAt(details, "repository.pushed_at")];
  const own = [details.starred_at, details.updated_at, details.created_at];
  return kind === "repository" ? own : names.map((name) => valueAt(object, name));
}

function summaryOf(details: JsonObject, object: Json | undefined, kind: string): string {
  const { user, targetuser } = details;
  const words = [`${user}: ${kind === "push" ? "pushed" : kind}`];
  if (kind !== "push") words.push(textAt(details, "action") ?? "");
  const what = targetuser ?? textAt(object, "title") ?? textAt(object, "name") ?? textAt(details, "ref");
  if (what !== undefined) words.push(String(what).slice(0, 150));
  const where = textAt(details, "repository.full_name") ?? details.account;
  if (where !== undefined) words.push(`on ${where}`);
  const conclusion = textAt(object, "conclusion");
  return words.join(" ") + (conclusion === undefined ? "" : `: ${conclusion}`);
}
