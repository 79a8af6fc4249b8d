import { endpointIn, portIn } from "../../core/endpoint.ts";
import { SHELL_DEFAULTS } from "../../core/event.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { definePlugin, type Metadata } from "../../core/plugin.ts";
import {
  usualAccount,
  usualAction,
  usualHost,
  usualOutcome,
  usualRegion,
  usualTime,
  usualUser,
  usualUserAgent,
} from "../../core/usual.ts";
import { type Names, USUAL } from "../../core/usual-names.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** ECS's words for `event.category`: a source plugin sets one of them, or a producer who knows them. */
const CATEGORIES = new Set(
  `authentication configuration database driver email file host iam intrusion_detection library malware network package
  process registry session threat vulnerability web`.split(/\s+/),
);

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
  lookups: [...new Set(Object.values(USUAL).flatMap(({ names, objects }: Names) => [...names, ...objects]))],
  adds: COMMON_NAMES,
  shallow: true,
  onMessage(event, metadata) {
    const { details } = event;
    if (event.source !== SHELL_DEFAULTS.source && CATEGORIES.has(event.category)) return event;
    if (event.utctimestamp === metadata.fallback) {
      const time = firstOf(USUAL.time, metadata, (value) => usualTime(value, metadata.arrivalMs));
      event.utctimestamp = time ?? event.utctimestamp;
    }
    const user = typeof details.user === "string" ? details.user : firstOf(USUAL.user, metadata, usualUser);
    setCommon(details, {
      ...endsOf(details, metadata),
      user,
      targetuser: details.targetuser ?? firstOf(USUAL.targetuser, metadata, usualUser),
      useragent: details.useragent ?? firstOf(USUAL.useragent, metadata, usualUserAgent),
      action: details.action ?? firstOf(USUAL.action, metadata, usualAction),
      hostname: details.hostname ?? firstOf(USUAL.hostname, metadata, usualHost),
      account: details.account ?? firstOf(USUAL.account, metadata, usualAccount),
      region: details.region ?? firstOf(USUAL.region, metadata, usualRegion),
    });
    const success = typeof details.success === "boolean" ? undefined : firstOf(USUAL.success, metadata, usualOutcome);
    setCommon(details, { success }); // last: what was done may tell whether it worked
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

/** The first value of a kind, in the order of the names. */
function firstOf<T>({ names, objects, within }: Names, { holders }: Metadata, read: (value: Json) => T | undefined) {
  for (const name of names) {
    for (const holder of holders(name)) {
      const value = read(holder[name] ?? null);
      if (value !== undefined) return value;
    }
  }
  for (const name of objects) {
    for (const holder of holders(name)) {
      const value = firstWithin(holder[name], within, read);
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

function firstWithin<T>(object: Json | undefined, keys: readonly string[], read: (value: Json) => T | undefined) {
  if (!isObject(object)) return undefined;
  for (const key of keys) {
    const value = Object.hasOwn(object, key) ? read(object[key] ?? null) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Both ends; a port that is written with an address belongs to it. */
function endsOf(details: JsonObject, metadata: Metadata) {
  const source = details.sourceipaddress ?? firstOf(USUAL.sourceipaddress, metadata, addressWritten);
  const destination = details.destinationipaddress ?? firstOf(USUAL.destinationipaddress, metadata, addressWritten);
  return {
    sourceipaddress: source,
    destinationipaddress: destination,
    sourceport: details.sourceport ?? firstOf(USUAL.sourceport, metadata, portIn),
    destinationport: details.destinationport ?? firstOf(USUAL.destinationport, metadata, portIn),
  };
}

/** The text of an address, with its port; of a comma list, the first hop. */
function addressWritten(value: Json): string | undefined {
  if (Array.isArray(value)) return value.map(addressWritten).find((text) => text !== undefined);
  if (typeof value !== "string") return undefined;
  const comma = value.indexOf(",");
  const text = comma < 0 ? value : value.slice(0, comma);
  return endpointIn(text) === undefined ? undefined : text;
}
