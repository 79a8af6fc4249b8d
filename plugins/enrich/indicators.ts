import { textsOf } from "../../core/event.ts";
import { addNamedDomain, type Found, type Indicators, look, withOnce } from "../../core/indicators.ts";
import type { JsonObject } from "../../core/json.ts";
import { definePlugin } from "../../core/plugin.ts";
import { userIn } from "../../core/vendor.ts";

/** Fields that hold a domain name of any top-level domain, and nothing else. */
const DOMAINS = ["domain", "hostname", "query_name", "server_name"];

/** Fields that hold a user's name; the common fields `user` and `targetuser` count too. */
const USERS = ["username", "user_name", "user.name", "userprincipalname", "targetusername", "subjectusername"];

const LISTS = ["_ipaddresses", "_domains", "_hashes", "_emails", "_users", "_arns"];

/** A sentence, an object, or CloudTrail's `HIDDEN_DUE_TO_SECURITY_REASONS`. */
const NO_USER = /[\s{}<>"]|^HIDDEN_/;

/** Longest name of a user; what is longer or has a blank in it is a text. */
const LONGEST_USER = 128;

/**
 * Lists what an analyst looks for across all sources, found anywhere in the event: one query finds it wherever it stands.
 *
 * Completes details._ipaddresses, where source and destination come first, and sets details._domains, _hashes (MD5, SHA-1,
 * SHA-256), _emails, _users and _arns, each value once and at most 50 of a kind; a kind that does not occur has no field.
 * A field of such a name that is no list is the producer's own and stays.
 */
export default definePlugin({
  name: "indicators",
  registration: ["*"],
  priority: 20, // after the ids
  lookups: [...DOMAINS, ...USERS],
  adds: LISTS,
  shallow: true,
  fields: [...LISTS, "user", "targetuser"],
  onMessage(event, metadata) {
    const { details } = event;
    const found: Indicators = {
      ipaddresses: addressesOf(details),
      domains: undefined,
      hashes: undefined,
      emails: undefined,
      arns: undefined,
    };
    metadata.eachText((text, kind) => look(text, kind, found));
    metadata.eachValue(DOMAINS, (value) => addNamedDomain(value, found));
    let users = withUser(withUser(undefined, details.user), details.targetuser);
    metadata.eachValue(USERS, (value) => {
      users = withUser(users, value);
    });
    setLists(details, found, users);
    return event;
  },
  examples: [
    {
      in: `{"message":"mo@example.com fetched https://files.example.net:8443/a from 192.0.2.7, then 2001:db8::7.",
        "md5":"0123456789ABCDEF0123456789abcdef","userName":"mo","role":"arn:aws:iam::123456789012:role/reader"}`,
      out: {
        _ipaddresses: ["192.0.2.7", "2001:db8::7"],
        _domains: ["example.com", "files.example.net"],
        _hashes: ["0123456789abcdef0123456789abcdef"],
        _emails: ["mo@example.com"],
        _users: ["mo"],
        _arns: ["arn:aws:iam::123456789012:role/reader"],
      },
    },
    { in: '{"file":"index.html","class":"com.example.Main","version":"1.2.3"}', out: { _domains: undefined } },
  ],
});

function withUser(users: Found, value: unknown): Found {
  if (typeof value !== "string" || value.length > LONGEST_USER || users?.includes(value)) return users;
  const user = userIn(value);
  return user === undefined || NO_USER.test(user) ? users : withOnce(users, user);
}

/** The addresses that are listed already, source and destination first. */
function addressesOf({ _ipaddresses }: JsonObject): Found {
  return Array.isArray(_ipaddresses) ? textsOf(_ipaddresses) : undefined;
}

/** A list that is there already, as in a stored row that is sent again, has them all. */
function setLists(details: JsonObject, { ipaddresses, domains, hashes, emails, arns }: Indicators, users: Found): void {
  const known = details._ipaddresses;
  if (ipaddresses && (Array.isArray(known) ? ipaddresses.length > known.length : !known))
    details._ipaddresses = ipaddresses;
  if (domains) details._domains ??= domains;
  if (hashes) details._hashes ??= hashes;
  if (emails) details._emails ??= emails;
  if (users) details._users ??= users;
  if (arns) details._arns ??= arns;
}
