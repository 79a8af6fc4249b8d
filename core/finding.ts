import { isSuccess } from "./fields.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { listAt, textAt, valueAt } from "./path.ts";

/** The kinds of action in which someone remote did something, as GuardDuty and Security Hub's finding format name them. */
const ACTIONS = [
  "awsapicallaction",
  "kubernetesapicallaction",
  "networkconnectionaction",
  "portprobeaction",
  "rdsloginattemptaction",
  "dnsrequestaction",
];

/** What an `action` of GuardDuty's or of Security Hub's finding format (ASFF) says, with lower-case keys. */
export interface FindingAction {
  readonly sourceipaddress?: Json | undefined;
  readonly sourceport?: Json | undefined;
  readonly destinationipaddress?: Json | undefined;
  readonly destinationport?: Json | undefined;
  readonly useragent?: Json | undefined;
  /** False when it was blocked or failed; undefined when nothing says. */
  readonly success?: boolean | undefined;
  /** The API call or the verb; the action's type where there is neither. */
  readonly action?: string | undefined;
}

/**
 * Reads the action of a finding. The remote end is the source, but for a connection that went out.
 *
 * @param local the address of the resource, where the action does not name it
 */
export function actionIn(action: Json | undefined, local: string | undefined): FindingAction {
  const kind = ACTIONS.find((name) => isObject(valueAt(action, name)));
  if (!kind) return { action: textAt(action, "actiontype") };
  const what = valueAt(action, kind);
  const probe = listAt(what, "portprobedetails")[0];
  return {
    ...(kind === "dnsrequestaction" ? { sourceipaddress: local } : endsOf(probe ?? what, what, kind, local)),
    useragent: textAt(what, "useragent"),
    success: outcomeOf(what),
    action: textAt(what, "api") ?? textAt(what, "verb") ?? textAt(action, "actiontype"),
  };
}

function endsOf(details: Json | undefined, action: Json | undefined, kind: string, local: string | undefined) {
  const remote = { ip: ipOf(details, "remoteipdetails"), port: valueAt(details, "remoteportdetails.port") };
  const isCall = kind.endsWith("callaction");
  const own = isCall ? undefined : (ipOf(details, "localipdetails") ?? local);
  const here = { ip: own, port: valueAt(details, "localportdetails.port") };
  const isOut = /^out/i.test(textAt(action, "connectiondirection") ?? "");
  const [source, destination] = isOut ? [here, remote] : [remote, here];
  return {
    sourceipaddress: source.ip,
    sourceport: source.port,
    destinationipaddress: destination.ip,
    destinationport: destination.port,
  };
}

function ipOf(details: Json | undefined, key: string): string | undefined {
  return textAt(details, `${key}.ipaddressv4`) ?? textAt(details, `${key}.ipaddressv6`);
}

function outcomeOf(action: Json | undefined): boolean | undefined {
  if (valueAt(action, "blocked") === true || textAt(action, "errorcode") !== undefined) return false;
  return isSuccess(valueAt(action, "statuscode"));
}

/** The first object of a list, and an empty one where there is none. */
export function firstOf(list: readonly Json[]): JsonObject {
  return list.find(isObject) ?? {};
}
