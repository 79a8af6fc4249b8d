/** What every source plugin does with the event of its vendor. */

import { endpointIn, portIn } from "./endpoint.ts";
import { type LakeEvent, SHELL_DEFAULTS, SHELL_TEXTS } from "./event.ts";
import { addAddresses } from "./ip.ts";
import { type Json, type JsonObject, removeField } from "./json.ts";

/** The common fields that a source plugin sets under `details`, as the vendor wrote them. */
export interface CommonFields {
  /** An address, with or without its port. */
  readonly sourceipaddress?: Json | undefined;
  readonly destinationipaddress?: Json | undefined;
  readonly sourceport?: Json | undefined;
  readonly destinationport?: Json | undefined;
  readonly user?: Json | undefined;
  readonly targetuser?: Json | undefined;
  readonly success?: boolean | undefined;
  readonly useragent?: Json | undefined;
  readonly action?: Json | undefined;
  readonly hostname?: Json | undefined;
  readonly account?: Json | undefined;
  readonly region?: Json | undefined;
}

/** Their names: what `setCommon` may add to `details`, for a plugin's `adds`. */
export const COMMON_NAMES: readonly string[] = [
  ...["sourceipaddress", "destinationipaddress", "_ipaddresses", "sourceport", "destinationport", "user", "_user"],
  ...["targetuser", "success", "useragent", "action", "hostname", "account", "region"],
];

/** How producers write that they know no user. */
const NOBODY = new Set(["-", "--", "unknown", "n/a", "na", "none", "null", "(null)", "not available", "undefined"]);
const LONGEST_NOBODY = Math.max(...[...NOBODY].map((word) => word.length));

/**
 * Makes the event the source's own. What the vendor itself put in the columns severity, summary, category and source
 * is kept under `details` by that name, so that the plugin may set the columns; an event that is the source's already,
 * as a stored row that is sent again, has it there.
 */
export function claim(event: LakeEvent, source: string): void {
  if (event.source === source) return;
  for (const column of SHELL_TEXTS) {
    const isSaid = event[column] !== SHELL_DEFAULTS[column];
    if (isSaid && event.details[column] === undefined) event.details[column] = event[column];
  }
  event.source = source;
}

/**
 * What the vendor itself put in a column of the shell, before or after {@link claim}.
 *
 * @returns undefined when it said nothing there
 */
export function saidIn(event: LakeEvent, source: string, column: (typeof SHELL_TEXTS)[number]): string | undefined {
  const kept = event.details[column];
  if (typeof kept === "string") return kept;
  const isOurs = event.source === source || event[column] === SHELL_DEFAULTS[column];
  return kept === undefined && !isOurs ? event[column] : undefined;
}

/**
 * Sets the common fields that have a value; a field under which the vendor keeps an object or a list stays as it is, but
 * for `user`, which analysts ask for by that name in every source: the vendor's object goes to `_user`.
 *
 * Addresses may have a port, which counts unless the port is given; they are listed in `_ipaddresses` too. Of users
 * `unknown`, `-` and their like are none, and e-mail addresses are in lower case.
 */
export function setCommon(details: JsonObject, fields: CommonFields): void {
  const source = endpointIn(fields.sourceipaddress);
  const destination = endpointIn(fields.destinationipaddress);
  // What `ip_addresses` took for one end is the other.
  if (!source && destination && destination.address === details.sourceipaddress)
    removeField(details, "sourceipaddress");
  if (!destination && source && source.address === details.destinationipaddress)
    removeField(details, "destinationipaddress");
  if (source) addAddresses(details, destination ? [source.address, destination.address] : [source.address]);
  else if (destination) addAddresses(details, [destination.address]);
  SET.sourceipaddress(details, source?.address);
  SET.destinationipaddress(details, destination?.address);
  SET.sourceport(details, portIn(fields.sourceport) ?? source?.port);
  SET.destinationport(details, portIn(fields.destinationport) ?? destination?.port);
  SET.user(details, userIn(fields.user));
  SET.targetuser(details, userIn(fields.targetuser));
  SET.success(details, fields.success);
  SET.useragent(details, textIn(fields.useragent));
  SET.action(details, textIn(fields.action));
  SET.hostname(details, textIn(fields.hostname));
  SET.account(details, textIn(fields.account));
  SET.region(details, textIn(fields.region));
}

/** A user's name or e-mail address, without blanks around it; undefined when it names nobody. */
export function userIn(value: Json | undefined): string | undefined {
  const user = textIn(value);
  if (user === undefined) return undefined;
  if (user.includes("@")) return user.toLowerCase();
  return user.length <= LONGEST_NOBODY && NOBODY.has(user.toLowerCase()) ? undefined : user;
}

/** Text or a number as text, without blanks around it; undefined when it is empty or a dash. */
function textIn(value: Json | undefined): string | undefined {
  if (typeof value !== "string") return typeof value === "number" ? String(value) : undefined;
  const text = value.trim();
  return text === "" || text === "-" ? undefined : text;
}

type Value = Json | undefined;

/** False for nothing to set, and where the vendor keeps an object or a list. */
function isFree(known: Value, value: Value): value is Json {
  return value !== undefined && known !== value && (typeof known !== "object" || known === null);
}

/**
 * Each field by its own name: keys that vary would turn a large object into a hash table, which is slow to read and
 * write.
 */
const SET = {
  user(details: JsonObject, value: Value) {
    const known = details.user;
    if (value === undefined || known === value) return;
    if (typeof known === "object" && known !== null) details._user = known;
    details.user = value;
  },
  sourceipaddress(details: JsonObject, value: Value) {
    if (isFree(details.sourceipaddress, value)) details.sourceipaddress = value;
  },
  destinationipaddress(details: JsonObject, value: Value) {
    if (isFree(details.destinationipaddress, value)) details.destinationipaddress = value;
  },
  sourceport(details: JsonObject, value: Value) {
    if (isFree(details.sourceport, value)) details.sourceport = value;
  },
  destinationport(details: JsonObject, value: Value) {
    if (isFree(details.destinationport, value)) details.destinationport = value;
  },
  targetuser(details: JsonObject, value: Value) {
    if (isFree(details.targetuser, value)) details.targetuser = value;
  },
  success(details: JsonObject, value: Value) {
    if (isFree(details.success, value)) details.success = value;
  },
  useragent(details: JsonObject, value: Value) {
    if (isFree(details.useragent, value)) details.useragent = value;
  },
  action(details: JsonObject, value: Value) {
    if (isFree(details.action, value)) details.action = value;
  },
  hostname(details: JsonObject, value: Value) {
    if (isFree(details.hostname, value)) details.hostname = value;
  },
  account(details: JsonObject, value: Value) {
    if (isFree(details.account, value)) details.account = value;
  },
  region(details: JsonObject, value: Value) {
    if (isFree(details.region, value)) details.region = value;
  },
};

const SEVERITIES = new Map(
  Object.entries({
    DEBUG: ["debug", "trace", "verbose"],
    INFO: ["info", "informational", "information", "default", "none", "success"],
    NOTICE: ["notice", "low"],
    WARNING: ["warn", "warning", "medium", "moderate"],
    ERROR: ["error", "err", "high"],
    CRITICAL: ["critical", "crit", "alert", "emergency", "emerg", "fatal", "severe"],
  }).flatMap(([severity, words]) => words.map((word) => [word, severity])),
);

/** The lake's severity for a vendor's word; undefined when the word is none of the usual ones. */
export function severityOf(word: Json | undefined): string | undefined {
  return typeof word === "string" ? SEVERITIES.get(word.trim().toLowerCase()) : undefined;
}
