import { endpointIn, portIn } from "../../core/endpoint.ts";
import { type LakeEvent, SHELL_DEFAULTS } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import {
  outcomeOfAction,
  usualAccount,
  usualAction,
  usualEmail,
  usualHost,
  usualOutcome,
  usualRegion,
  usualTime,
  usualUser,
  usualUserAgent,
  usualUserId,
  usualUserOfDomain,
} from "../../core/usual.ts";
import { type Finder, finderOf } from "../../core/usual-find.ts";
import { type Names, USUAL } from "../../core/usual-names.ts";
import { COMMON_NAMES, type CommonFields, setCommon } from "../../core/vendor.ts";

/** ECS's words for `event.category`: a source plugin sets one of them, or a producer who knows them. */
const CATEGORIES = new Set(
  `authentication configuration database driver email file host iam intrusion_detection library malware network package
  process registry session threat vulnerability web`.split(/\s+/),
);

const LOOKUPS = [
  ...new Set(Object.values(USUAL).flatMap(({ names, objects, last }: Names) => [...names, ...objects, ...last])),
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
  fields: COMMON_NAMES,
  onMessage(event, metadata) {
    const { details } = event;
    if (event.source !== SHELL_DEFAULTS.source && CATEGORIES.has(event.category)) return event;
    const finder = finderOf(LOOKUPS, metadata);
    const { first } = finder;
    event.utctimestamp = timeOf(event, finder, metadata) ?? event.utctimestamp;
    setCommon(details, {
      ...endsOf(event, finder),
      user: typeof details.user === "string" ? details.user : userOf(event, finder),
      targetuser: details.targetuser ?? first(USUAL.targetuser, usualUser),
      useragent: details.useragent ?? first(USUAL.useragent, usualUserAgent),
      action: details.action ?? first(USUAL.action, usualAction),
      hostname: details.hostname ?? first(USUAL.hostname, usualHost),
      account: details.account ?? first(USUAL.account, usualAccount),
      region: details.region ?? first(USUAL.region, usualRegion),
    });
    if (typeof details.success === "boolean") return event;
    setCommon(details, { success: first(USUAL.success, usualOutcome) ?? outcomeOfAction(details.action) });
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

/** Who did it: by name, or by an e-mail address that is the event's own, or at last by what else there is. */
function userOf(event: LakeEvent, { first, firstAtTop }: Finder): string | undefined {
  const { details } = event;
  return (
    first(USUAL.user, usualUser) ??
    first(USUAL.userAccount, usualUserOfDomain) ??
    firstAtTop(USUAL.email, details, usualEmail) ??
    first(USUAL.userid, usualUserId) ??
    first(USUAL.email, usualEmail)
  );
}

/** Both ends; a port that is written with an address belongs to it. A producer's `source` may be an address too. */
function endsOf({ details, source }: LakeEvent, { first }: Finder): CommonFields {
  return {
    sourceipaddress: details.sourceipaddress ?? first(USUAL.sourceipaddress, addressWritten) ?? addressWritten(source),
    destinationipaddress: details.destinationipaddress ?? first(USUAL.destinationipaddress, addressWritten),
    sourceport: details.sourceport ?? first(USUAL.sourceport, portIn),
    destinationport: details.destinationport ?? first(USUAL.destinationport, portIn),
  };
}

/** Fields that `timestamps` looks at too: what it made of a time without a year is a guess. */
const YEARLESS: Names = { names: ["timestamp", "time"], objects: [], within: [], last: [] };

function isYearless(value: Json): true | undefined {
  return typeof value === "string" && /^[a-z]{3} {1,2}\d{1,2} \d\d:\d\d/i.test(value) ? true : undefined;
}

/** What an envelope may have too, of its own: `timestamps` has looked at the event's. */
const OF_ENVELOPES = new Set(["timestamp", "time", "date"]);
const TIME_WITHIN: Names = { ...USUAL.time, names: USUAL.time.names.filter((name) => !OF_ENVELOPES.has(name)) };

/** When it happened, where `timestamps` found nothing, or something that another field says in full. */
function timeOf(event: LakeEvent, { first }: Finder, { arrivalMs, arrival, fallback }: Metadata): string | undefined {
  const read = (value: Json) => usualTime(value, arrivalMs);
  if (event.utctimestamp === fallback) return first(fallback === arrival ? USUAL.time : TIME_WITHIN, read);
  return first(YEARLESS, isYearless) === undefined ? undefined : first(USUAL.fullTime, read);
}

/** The text of an address, with its port; of a comma list, the first hop. */
function addressWritten(value: Json): string | undefined {
  if (Array.isArray(value)) return value.map(addressWritten).find((text) => text !== undefined);
  if (typeof value !== "string") return undefined;
  const comma = value.indexOf(",");
  const text = comma < 0 ? value : value.slice(0, comma);
  return endpointIn(text) === undefined ? undefined : text;
}
