import { isAddress } from "../../core/ip.ts";
import { isObject, type Json, type JsonObject, removeField } from "../../core/json.ts";
import { remember } from "../../core/memo.ts";
import { listAt, textAt } from "../../core/path.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/** What CloudTrail writes instead of a user name that a failed login may have held a password in. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** ECS categories by the service's name in `eventSource`; every other call is about a setting of a service. */
const CATEGORIES = new Map([
  ["signin", "authentication"],
  ["sso", "authentication"],
  ["sts", "authentication"],
  ["cognito-idp", "authentication"],
  ["iam", "iam"],
  ["identitystore", "iam"],
  ["sso-directory", "iam"],
  ["organizations", "iam"],
  ["s3", "file"],
  ["elasticfilesystem", "file"],
  ["rds", "database"],
  ["rds-data", "database"],
  ["dynamodb", "database"],
  ["redshift", "database"],
  ["ec2", "host"],
  ["ssm", "host"],
  ["lambda", "process"],
]);

/** What is read of an event, beside the common fields. */
const FIELDS =
  `additionaleventdata.username additionaleventdata.mfaused awsaccountid awsregion digestendtime digests3object
  errorcode errormessage eventname eventsource eventtime eventtype insightdetails.eventname logfiles recipientaccountid
  requestparameters.username serviceeventdetails sourceaddress useridentity.type useridentity.username
  useridentity.principalid useridentity.accountid useridentity.invokedby
  useridentity.sessioncontext.sessionissuer.username`.split(/\s+/);

/** Sign-ins, whose outcome stands under their own name in `responseElements` ("AWS Management Console sign-in events"). */
const SIGN_INS = new Set(
  `consolelogin checkmfa switchrole exitrole renewrole getsignintoken passwordrecoveryrequested
  passwordrecoverycompleted passwordupdated emailupdated`.split(/\s+/),
);

/** Calls of EC2 that are about the network rather than an instance. */
const NETWORK = /Vpc|Subnet|SecurityGroup|NetworkAcl|NetworkInterface|Route|Gateway|Address|FlowLog|TrafficMirror/;

/**
 * AWS CloudTrail: one event of any kind, and the digest files' own objects.
 *
 * Sets source, category, summary, utctimestamp, details.user, targetuser, sourceipaddress, success, action, account and
 * region. The user of an assumed role is the role, as its session has any name; without an issuer it is the session's.
 * A service that acts for itself is no user: the summary names it. A `sourceIPAddress` that is none moves to
 * details.sourceaddress.
 *
 * @see CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element"
 */
export default definePlugin({
  name: "cloudtrail",
  registration: ["eventsource", "eventversion", "digests3object"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: [...COMMON_NAMES, "sourceaddress"],
  shallow: true,
  fields: [...COMMON_NAMES, "_lookups", ...FIELDS, ...[...SIGN_INS].map((name) => `responseelements.${name}`)],
  onMessage(event, metadata) {
    const { details } = event;
    const isDigest = typeof details.digests3object === "string" && typeof details.digestendtime === "string";
    if (!isDigest && !isTrailEvent(details)) return event;
    claim(event, "cloudtrail");
    event.utctimestamp = toUTC(details.eventtime ?? details.digestendtime, metadata.arrivalMs) ?? event.utctimestamp;
    event.category = isDigest ? "configuration" : categoryOf(details);
    const identity = objectOf(details.useridentity);
    moveService(details, identity.invokedby, metadata);
    setCommon(details, {
      user: userOf(identity, details),
      targetuser: textOf(objectOf(details.requestparameters).username),
      success: outcomeOf(details),
      useragent: details.useragent,
      action: details.eventname,
      account: details.recipientaccountid ?? identity.accountid ?? details.awsaccountid,
      region: details.awsregion,
    });
    event.summary = isDigest
      ? `CloudTrail digest of ${listAt(details, "logfiles").length} log files`
      : summaryOf(details);
    return event;
  },
  examples: [
    {
      in: `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","userName":"mo"},
        "eventTime":"2020-09-15T11:40:11Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",
        "awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","responseElements":{"ConsoleLogin":"Failure"},
        "errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"No"},"eventType":"AwsConsoleSignIn",
        "recipientAccountId":"123456789012"}`,
      out: {
        source: "cloudtrail",
        category: "authentication",
        summary: "mo: ConsoleLogin (signin) without MFA from 203.0.113.7: Failed authentication",
        user: "mo",
        success: false,
        account: "123456789012",
      },
    },
    {
      in: `{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"},
        "eventTime":"2020-09-15T11:42:30Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole",
        "sourceIPAddress":"config.amazonaws.com","eventType":"AwsApiCall"}`,
      out: { user: undefined, sourceipaddress: undefined, sourceaddress: "config.amazonaws.com", success: true },
    },
  ],
});

/** S3's and DynamoDB's notifications look alike, but their `eventSource` is `aws:s3` and the like. */
function isTrailEvent({ eventsource, eventname, eventtype, eventtime, useridentity }: JsonObject): boolean {
  if (typeof eventtime !== "string" && !isObject(useridentity)) return false;
  if (typeof eventtype === "string" && eventtype.startsWith("Aws")) return true;
  return typeof eventname === "string" && typeof eventsource === "string" && eventsource.includes(".amazonaws.com");
}

const NOTHING: JsonObject = Object.freeze({});

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : NOTHING;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function categoryOf({ eventsource, eventname }: JsonObject): string {
  const service = serviceOf(eventsource);
  if (service === "ec2" && typeof eventname === "string" && NETWORK.test(eventname)) return "network";
  return CATEGORIES.get(service) ?? "configuration";
}

function serviceOf(eventsource: unknown): string {
  return typeof eventsource === "string" ? serviceIn(eventsource) : "";
}

const serviceIn = remember(1000, (eventsource) => eventsource.split(".", 1)[0] ?? "");

/**
 * `AWS Internal` or a service's host name is no address. Of a service that is its own user agent, `ip_addresses` has taken
 * the name away already, and may have put an address of the request there; in the console, whose user agent and `invokedBy`
 * are `signin.amazonaws.com`, the address is the person's.
 */
function moveService(details: JsonObject, invokedBy: Json | undefined, metadata: Metadata): void {
  const source = details.sourceipaddress;
  const isAgent = typeof invokedBy === "string" && invokedBy === details.useragent;
  const isOwn = typeof source === "string" && isAddress(source) && !(isAgent && isOfRequest(source, details, metadata));
  if (isOwn) return;
  if (isAgent) details.sourceaddress ??= invokedBy;
  if (typeof source !== "string") return;
  details.sourceaddress ??= source;
  removeField(details, "sourceipaddress");
}

/** True when the address stands elsewhere in the event, beside where plugins put it, now or when it was stored before. */
function isOfRequest(address: string, { _ipaddresses, _lookups }: JsonObject, metadata: Metadata): boolean {
  let times = 0;
  metadata.eachText((text) => {
    if (text === address) times++;
  });
  const own = Array.isArray(_ipaddresses) ? _ipaddresses.filter((listed) => listed === address).length : 0;
  const found = Array.isArray(_lookups) ? _lookups.filter((one) => isObject(one) && one.value === address).length : 0;
  return times > 1 + own + found;
}

function userOf(identity: JsonObject, details: JsonObject): string | undefined {
  const { type } = identity;
  if (type === "Root") return "root";
  const name = textOf(identity.username);
  if (name !== undefined) return name === HIDDEN ? undefined : name;
  const issuer = textOf(objectOf(objectOf(identity.sessioncontext).sessionissuer).username);
  if (issuer !== undefined) return issuer;
  const signedIn = textOf(objectOf(details.additionaleventdata).username); // IAM Identity Center
  if (signedIn !== undefined) return signedIn === HIDDEN ? undefined : signedIn;
  const principal = textOf(identity.principalid) ?? "";
  return principal.includes(":") ? principal.slice(principal.indexOf(":") + 1) : undefined;
}

const lowerCase = remember(5000, (name) => name.toLowerCase());

/** An error fails any call; a sign-in says its outcome under its own name. An insight is no call. */
function outcomeOf(details: JsonObject): boolean | undefined {
  const { eventname, eventtype, errorcode, errormessage } = details;
  if (typeof eventname !== "string" || eventtype === "AwsCloudTrailInsight") return undefined;
  const key = lowerCase(eventname);
  const signIn = SIGN_INS.has(key) ? objectOf(details.responseelements)[key] : undefined;
  const said = signIn ?? objectOf(details.serviceeventdetails)[key];
  if (said === "Success" || said === "Failure") return said === "Success";
  return !errorcode && !errormessage;
}

function summaryOf(details: JsonObject): string {
  const { eventname, eventtype, eventsource, user, targetuser, sourceipaddress, sourceaddress } = details;
  if (typeof eventname !== "string") return `${eventtype} of ${textAt(details, "insightdetails.eventname") ?? "AWS"}`;
  const who = user ?? textAt(details, "useridentity.invokedby") ?? "someone";
  const target = targetuser === undefined ? "" : ` of ${targetuser}`;
  const mfa = textOf(objectOf(details.additionaleventdata).mfaused);
  const factor = mfa === undefined ? "" : ` ${mfa === "Yes" ? "with" : "without"} MFA`;
  const origin = sourceipaddress ?? (who === sourceaddress ? undefined : sourceaddress);
  const error = details.success === false ? `: ${details.errorcode ?? details.errormessage ?? "failed"}` : "";
  return `${who}: ${eventname} (${serviceOf(eventsource)})${target}${factor}${origin ? ` from ${origin}` : ""}${error}`;
}
