import { endpointIn, portIn } from "../../core/endpoint.ts";
import { type LakeEvent, SHELL_DEFAULTS } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import {
  usualAccount,
  usualAction,
  usualEmail,
  usualHost,
  usualRegion,
  usualTime,
  usualUser,
  usualUserAgent,
  usualUserId,
  usualUserOfDomain,
} from "../../core/usual.ts";
import { type Finder, finderOf } from "../../core/usual-find.ts";
import { type Guesses, guessesOf } from "../../core/usual-guess.ts";
import { type Names, namesOf, USUAL } from "../../core/usual-names.ts";
import { outcomeOfAction, usualError, usualOutcome, usualResult, usualSuccess } from "../../core/usual-outcome.ts";
import { type NamedTexts, namedTexts } from "../../core/usual-texts.ts";
import { COMMON_NAMES, type CommonFields, setCommon } from "../../core/vendor.ts";

/** ECS's words for `event.category`: a source plugin sets one of them, or a producer who knows them. */
const CATEGORIES = new Set(
  `authentication configuration database driver email file host iam intrusion_detection library malware network package
  process registry session threat vulnerability web`.split(/\s+/),
);

const LOOKUPS = [
  ...new Set(
    Object.values(USUAL).flatMap(({ names, objects, last }: Names) => [
      ...names.keys(),
      ...objects.keys(),
      ...last.keys(),
    ]),
  ),
];

/**
 * Fills the common fields of events that no source plugin knows, from the usual names of fields anywhere in the event:
 * `clientIp`, `src.ip`, ECS and OCSF nested or dotted, `host:port` and `[IPv6]:port`.
 *
 * Sets utctimestamp, details.sourceipaddress, destinationipaddress, sourceport, destinationport, user, targetuser, useragent,
 * action, hostname, account, region and success where they are still missing and a value is of the right kind: a field
 * that is unset is better than a wrong one. The first level wins over deeper ones. The producer's own `user`, when it is an object,
 * is details._user. An event with a source and one of ECS's
 * categories says what it is, and is left as it is.
 */
export default definePlugin({
  name: "generic_fields",
  registration: ["*"],
  priority: 30, // after the source plugins
  lookups: LOOKUPS,
  adds: COMMON_NAMES,
  shallow: true,
  fields: [...COMMON_NAMES, "type"],
  onMessage(event, metadata) {
    const { details } = event;
    if (event.source !== SHELL_DEFAULTS.source && CATEGORIES.has(event.category)) return event;
    const finder = finderOf(LOOKUPS, metadata);
    const { first } = finder;
    const texts = once(() => namedTexts(metadata.eachText));
    const guesses = once(() => guessesOf(metadata.eachField, metadata.arrivalMs));
    event.utctimestamp = timeOf(event, finder, metadata, guesses) ?? event.utctimestamp;
    setCommon(details, {
      ...endsOf(event, finder, texts),
      user:
        typeof details.user === "string" ? details.user : (userOf(event, finder) ?? guesses().user ?? texts().email),
      targetuser: details.targetuser ?? first(USUAL.targetuser, usualUser),
      useragent: details.useragent ?? first(USUAL.useragent, usualUserAgent),
      action: details.action ?? first(USUAL.action, usualAction),
      hostname: details.hostname ?? first(USUAL.hostname, usualHost),
      account: details.account ?? first(USUAL.account, usualAccount),
      region: details.region ?? first(USUAL.region, usualRegion),
    });
    if (typeof details.success === "boolean") return event;
    setCommon(details, { success: outcomeOf(event, finder) ?? guesses().success });
    return event;
  },
  examples: [
    {
      in: `{"eventTimestamp":"2020-09-15T11:00:00Z","client":{"ip":"203.0.113.7:51234"},"actor":{"user":{"name":"mo"}},
        "operation":"document.read","status":"Failure","host":{"name":"web1"}}`,
      out: {
        utctimestamp: "2020-09-15T11:00:00+00:00",
        sourceipaddress: "203.0.113.7",
        sourceport: 51234,
        user: "mo",
        action: "document.read",
        success: false,
        hostname: "web1",
      },
    },
    {
      in: '{"user":"the quick brown fox","status":"active","src_port":0}',
      out: { success: undefined, sourceport: undefined },
    },
  ],
});

/** What is looked for in every field of the event, at most once and only when it is asked for. */
function once<T>(find: () => T): () => T {
  let found: T | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** Who did it: by name, or by an e-mail address that is the event's own, or at last by what else there is. */
function userOf(event: LakeEvent, { first, firstAtTop }: Finder): string | undefined {
  const { details } = event;
  return (
    first(USUAL.actor, usualUser) ??
    first(USUAL.user, usualUser) ??
    first(USUAL.userAccount, usualUserOfDomain) ??
    firstAtTop(USUAL.email, details, usualEmail) ??
    first(USUAL.userid, usualUserId) ??
    first(USUAL.email, usualEmail)
  );
}

/** Whether it worked: by what is named for that, or by what was done, or for an error. */
function outcomeOf({ details }: LakeEvent, { first, firstAtTop }: Finder): boolean | undefined {
  const result = first(USUAL.result, usualResult);
  const verdict = first(USUAL.verdict, usualOutcome);
  const isBlockPage = verdict === false && result === true && first(USUAL.result, resultInWords) === undefined;
  return (
    first(USUAL.succeeded, usualSuccess) ??
    (isBlockPage ? false : result) ??
    verdict ??
    outcomeOfAction(details.action) ??
    first(USUAL.action, outcomeOfAction) ??
    outcomeOfAction(details.type) ??
    firstAtTop(USUAL.error, details, usualError)
  );
}

/** A status of 200 is also what a proxy answers with when it blocks. */
function resultInWords(value: Json): boolean | undefined {
  return typeof value === "number" || /^\d+$/.test(String(value)) ? undefined : usualResult(value);
}

/**
 * Both ends; a port that is written with an address belongs to it. A producer's `source` may be an address too. What the
 * usual names do not find, the words in other names may tell.
 */
function endsOf({ details, source }: LakeEvent, { first }: Finder, named: () => NamedTexts): CommonFields {
  const ends = {
    sourceipaddress: details.sourceipaddress ?? first(USUAL.sourceipaddress, addressWritten),
    destinationipaddress: details.destinationipaddress ?? first(USUAL.destinationipaddress, addressWritten),
    sourceport: details.sourceport ?? first(USUAL.sourceport, portIn),
    destinationport: details.destinationport ?? first(USUAL.destinationport, portIn),
  };
  const remote = first(USUAL.remote, addressWritten);
  if (remote !== undefined && isSame(ends.sourceipaddress ?? remote, remote)) setRemote(ends, remote, first);
  ends.sourceipaddress ??= first(USUAL.anyaddress, addressWritten) ?? addressWritten(source);
  if (ends.sourceipaddress !== undefined && ends.destinationport === undefined) return ends;
  ends.sourceipaddress ??= named().source;
  ends.destinationipaddress ??= named().destination;
  return ends;
}

function isSame(address: Json, written: string): boolean {
  return endpointIn(address)?.address === endpointIn(written)?.address;
}

type Ends = { -readonly [name in keyof CommonFields]: CommonFields[name] };

/** A server's remote end began it; a host that began it itself says so, or its ports do, and is the local end. */
function setRemote(ends: Ends, remote: string, first: Finder["first"]): void {
  const local = first(USUAL.local, addressWritten);
  const remoteport = first(USUAL.remoteport, portIn) ?? endpointIn(remote)?.port;
  const localport = first(USUAL.localport, portIn) ?? endpointIn(local)?.port;
  const isServed = isService(localport, remoteport);
  if (first(USUAL.direction, isOutbound) ?? isReached(remoteport, localport)) {
    ends.sourceipaddress = local;
    ends.sourceport = localport;
    ends.destinationipaddress = remote;
    ends.destinationport = remoteport;
  } else {
    ends.sourceipaddress = remote;
    ends.sourceport ??= remoteport;
    if (isServed) ends.destinationipaddress ??= local;
    if (isServed) ends.destinationport ??= localport;
  }
}

/** Ports from here on are a client's, which any is given (RFC 6335: 49152; Linux: 32768). */
const FIRST_EPHEMERAL = 32_768;

/** True when one port is a service's and the other is not, or any. */
function isService(port: number | undefined, other: number | undefined): boolean {
  return port !== undefined && port < FIRST_EPHEMERAL && (other === undefined || other > port);
}

/** Ports below are nobody's but a service's (RFC 6335). */
const FIRST_USER_PORT = 1024;

/** The same of a remote end: where the local port is not told, it may be a client's that few ports are left for. */
function isReached(remote: number | undefined, local: number | undefined): boolean {
  return isService(remote, local) && (local !== undefined || (remote ?? 0) < FIRST_USER_PORT);
}

function isOutbound(value: Json): boolean | undefined {
  return typeof value === "string" && value !== "" ? /^(?:out|egress)/i.test(value) : undefined;
}

/** Fields that `timestamps` looks at too: what it made of a time without a year is a guess. */
const YEARLESS = namesOf("timestamp time");

function isYearless(value: Json): true | undefined {
  return typeof value === "string" && /^[a-z]{3} {1,2}\d{1,2} \d\d:\d\d/i.test(value) ? true : undefined;
}

/** What an envelope may have too, of its own: `timestamps` has looked at the event's. */
const OF_ENVELOPES = new Set(["timestamp", "time", "date"]);
const TIME_WITHIN: Names = {
  ...USUAL.time,
  names: new Map([...USUAL.time.names].filter(([name]) => !OF_ENVELOPES.has(name))),
};

/** When it happened, where `timestamps` found nothing, or something that another field says in full. */
function timeOf(
  event: LakeEvent,
  { first, firstAtTop }: Finder,
  { arrivalMs, arrival, fallback }: Metadata,
  guesses: () => Guesses,
): string | undefined {
  const read = (value: Json) => usualTime(value, arrivalMs);
  if (event.utctimestamp !== fallback)
    return first(YEARLESS, isYearless) === undefined ? undefined : first(USUAL.fullTime, read);
  if (fallback !== arrival) return first(TIME_WITHIN, read);
  return firstAtTop(USUAL.time, event.details, read) ?? first(USUAL.time, read) ?? guesses().time;
}

/** The text of an address, with its port; of a comma list, the first hop. */
function addressWritten(value: Json): string | undefined {
  if (Array.isArray(value)) return value.map(addressWritten).find((text) => text !== undefined);
  if (typeof value !== "string") return undefined;
  const comma = value.indexOf(",");
  const written = comma < 0 ? value : value.slice(0, comma);
  const text = written.startsWith("/") ? written.slice(1) : written; // as Java writes an address without a name
  return endpointIn(text) === undefined ? undefined : text;
}
