/**
 * When it happened, who did it and whether it worked, by what the words in the fields' names tell: for events whose fields have
 * none of the usual names, `op_time`, `audit_request_effective_user`, `requestOutcome`. Names are in lower case, so words
 * may run together. Nothing is guessed from a name that may as well mean another time or another person.
 */

import type { VisitField } from "./every-field.ts";
import type { Json } from "./json.ts";
import { remember } from "./memo.ts";
import { millisecondsOf } from "./time.ts";
import { usualTime, usualUser } from "./usual.ts";
import { outcomeOfAction, usualResult, usualSuccess } from "./usual-outcome.ts";
import { COMMON_NAMES } from "./vendor.ts";

const words = (text: string) => text.split(/\s+/);

/** A time, and none of something else. */
const TIME = /time|date|stamp|when|epoch|ed_?(?:at|on)$|[_. ](?:at|on|ts)$|^ts[_.]|^(?:received|reported|sent)$/;
const OTHER_TIME = words(
  `expir until valid last first birth modif updat process ingest insert pars index sync loaded upload download next prev old ended
  end_ _end endtime enddate endat stop due password pwd cert renew schedul deadline build boot install releas publish zone duration elapsed
  uptime runtime timeout latency interval ttl lifetime format offset count persist policy file os_ version member since ago rising`,
);
const OF_OTHERS = words("cert file policy previous old_ license subscription build");

/** When it happened, rather than when something else did. */
const EVENT = words(
  "event log occur action request op_ optime generat gen_ gentime record creat detect activity alert exec",
);

/** Somebody who acts. */
const USER =
  /(?:user|user_?name|user[_ ]?login|log[io]n_?name|(?:account|user|auth|client)_?log[io]n|principal_?name|(?:user|actor|principal|admin|author|log[io]n)_?e?mail|upn)$/;
const OTHER_USER = words(
  `target recipient dest dst assign approv invit new old prev last previous created updated owner manager contact support affected
  service impersonat delegated is_ has_ isuser num group agent database`,
);

/** Whether it worked, in a word of its own; and what was done, which may say it. */
const RESULT =
  /^(?:ok|res|granted|authorized|permitted|delivered)$|(?:outcome|result|status|success(?:ful)?|verdict|decision|disposition|state|(?:result|status|response)_?(?:code|type))$/;
const OTHER_RESULT = words(
  "threat compliance malware attack health license subscription previous old old_ new_ desired",
);
const DEED = /(?:category|event_?type|event_?name|msg_?type|description|message|msg|title)$/;
const DEED_DEPTH = 1;
/** What may stand behind any of these: the value in words. */
const IN_WORDS = /[_. ](?:text|name|label|value)$/;
const NO_DEED = words("rule policy threat model signature indicator alert");

const OUR_FIELDS = new Set(COMMON_NAMES);

/** Where the lake keeps what it adds; what an envelope says of when counts already. */
const OURS = /(?:^|\n)_(?:utc|lookups|collisions|cloudwatchlogs|eventbridge|records|wrapper|splunk|elasticsearch)/;

/** What the name of a field tells of its value: how well each is known by it, undefined for not at all. */
interface Told {
  readonly time: number | undefined;
  readonly user: number | undefined;
  readonly outcome: number | undefined;
  readonly isDeed: boolean;
}

const toldBy = remember(4096, (name: string): Told | undefined => {
  const own = name.slice(name.indexOf("\n") + 1);
  const isTime = TIME.test(own) && !hasAny(own, OTHER_TIME) && !hasAny(name, OF_OTHERS);
  const time = isTime ? (hasAny(name, EVENT) ? 10 : 0) : undefined;
  const user = USER.test(own) && !hasAny(name, OTHER_USER) ? 0 : undefined;
  const said = own.replace(IN_WORDS, "");
  const isResult = RESULT.test(said) && !hasAny(name, OTHER_RESULT);
  const isDeed = !isResult && (DEED.test(own) || DEED.test(said)) && !hasAny(name, NO_DEED);
  const outcome = isResult ? 10 : isDeed ? 0 : undefined;
  return OURS.test(name) || (time ?? user ?? outcome) === undefined ? undefined : { time, user, outcome, isDeed };
});

export interface Guesses {
  readonly time: string | undefined;
  readonly user: string | undefined;
  readonly success: boolean | undefined;
}

/** How far ahead of its arrival a time may be, in milliseconds: what is later is a plan. */
const AHEAD_MS = 86_400_000;

/** Earlier times are not an event's: a birthday, an epoch. */
const FIRST_MS = Date.UTC(2000, 0, 1);

/** @param near milliseconds since 1970 (UTC): when the event arrived */
export function guessesOf(eachField: (visit: VisitField) => void, near: number): Guesses {
  const times = best<string>();
  const users = best<string>();
  const outcomes = best<boolean>();
  eachField((name, value, within, depth) => {
    if (value === null || value === "" || (depth === 0 && OUR_FIELDS.has(name))) return;
    const told = toldBy(depth > 0 ? `${within}\n${name}` : name);
    if (!told) return;
    if (told.time !== undefined) times.offer(told.time - depth, () => timeIn(value, near));
    if (told.user !== undefined) users.offer(told.user - depth, () => usualUser(value));
    if (told.outcome === undefined || (told.isDeed && depth > DEED_DEPTH)) return;
    outcomes.offer(told.outcome - depth, () => (told.isDeed ? outcomeOfAction(value) : resultIn(name, value)));
  });
  return { time: times.value(), user: users.value(), success: outcomes.value() };
}

function timeIn(value: Json, near: number): string | undefined {
  const time = usualTime(value, near);
  const at = time === undefined ? Number.NaN : millisecondsOf(time);
  return at >= FIRST_MS && at <= near + AHEAD_MS ? time : undefined;
}

function resultIn(name: string, value: Json): boolean | undefined {
  if (typeof value !== "string" && name.endsWith("state")) return undefined;
  return name.includes("success") ? usualSuccess(value) : usualResult(value);
}

/** The value of the highest rank; of one rank, the first. */
function best<T>() {
  let rank = Number.NEGATIVE_INFINITY;
  let value: T | undefined;
  return {
    offer(next: number, read: () => T | undefined): void {
      if (next <= rank) return;
      const found = read();
      if (found === undefined) return;
      rank = next;
      value = found;
    },
    value: () => value,
  };
}

function hasAny(name: string, parts: readonly string[]): boolean {
  return parts.some((part) => name.includes(part));
}
