/** What the usual names of fields hold when they mean the usual thing: each function reads one kind, and refuses the rest. */

import { isAddress } from "./ip.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { toUTC } from "./time.ts";
import { isOutcome } from "./usual-outcome.ts";
import { userIn } from "./vendor.ts";

const LONGEST_NAME = 128;

/** Most words of a person's name; what has more is a sentence. */
const NAME_WORDS = 3;

/** A user's name: one word, or a person's few, without brackets or quotes; no number, path, URL or address. Of a list, the first. */
export function usualUser(value: Json): string | undefined {
  if (Array.isArray(value)) return value.length > 0 ? usualUser(value[0] ?? null) : undefined;
  if (typeof value !== "string" || value.length > LONGEST_NAME) return undefined;
  const user = userIn(value);
  if (user === undefined || isOutcome(user) || /[\t\n\r{}[\]<>"|,;()]|:\/\/|^\/|^[\d.]+$/.test(user)) return undefined;
  if (isAddress(user)) return undefined;
  const words = user.includes(" ") ? user.toLowerCase().split(" ", NAME_WORDS + 1) : [];
  return words.length > NAME_WORDS || words.some(isOutcome) ? undefined : user;
}

/** A user's id: one word, but no digest; a number only where it is written as text. */
export function usualUserId(value: Json): string | undefined {
  return typeof value === "string" && /^(?![\da-f]{64}$)[\w.@|:-]{2,128}$/.test(value) ? userIn(value) : undefined;
}

/** A user written with a domain, before or behind: `EXAMPLE\\mo`, `mo@example.com`. */
export function usualUserOfDomain(value: Json): string | undefined {
  return typeof value === "string" && /^[\w.-]{1,64}\\[^\\]+$/.test(value) ? usualUser(value) : usualEmail(value);
}

/** An e-mail address. */
export function usualEmail(value: Json): string | undefined {
  return typeof value === "string" && /^[^\s@<>"]{1,64}@[^\s@<>"]{1,128}$/.test(value) ? userIn(value) : undefined;
}

/** What was done: a few words at most. */
export function usualAction(value: Json): string | undefined {
  if (typeof value !== "string" || value.length > LONGEST_NAME || !/^[a-z][^{}<>"\n]*$/i.test(value)) return undefined;
  return value.split(" ", 7).length > 6 ? undefined : value.trim();
}

export function usualUserAgent(value: Json): string | undefined {
  if (typeof value !== "string" || value.length > 2048 || !/[a-z]/i.test(value)) return undefined;
  return value.trim();
}

/** A host's name: no address, no number, no URL. */
export function usualHost(value: Json): string | undefined {
  if (typeof value !== "string" || value.length > 253 || !/^(?=.*[a-z])\w[\w.-]*$/i.test(value)) return undefined;
  return isAddress(value) || isOutcome(value) ? undefined : value;
}

/** An account, a tenant or a subscription: a number or one word. */
export function usualAccount(value: Json): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value > 0 ? String(value) : undefined;
  return typeof value === "string" && /^[\w.@-]{1,64}$/.test(value) ? value : undefined;
}

/** A region of a cloud, e.g. `us-east-1`, `westeurope`. */
export function usualRegion(value: Json): string | undefined {
  return typeof value === "string" && /^[a-z][a-z0-9-]{3,24}$/i.test(value) ? value : undefined;
}

/** `20200915110000.123`: no number of seconds or parts of seconds since 1970 is of that size. */
const COMPACT = /^((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d{1,9})?)$/;

/**
 * A time with its time of day; a date alone is a birthday or a due date as often as not. Also the objects that JSON writers of
 * MongoDB (`$date`), Java (`epochSecond`) and Protocol Buffers (`seconds`) make of a time; of a list, the first.
 */
export function usualTime(value: Json, near: number): string | undefined {
  if (Array.isArray(value)) return value.length > 0 ? usualTime(value[0] ?? null, near) : undefined;
  if (isObject(value)) return timeOfObject(value, near);
  if (typeof value === "string" && COMPACT.test(value))
    return toUTC(value.replace(COMPACT, "$1-$2-$3T$4:$5:$6Z"), near);
  return typeof value === "string" && !/[:]|^\d{9,}|T\d/.test(value) ? undefined : toUTC(value, near);
}

function timeOfObject(value: JsonObject, near: number): string | undefined {
  if (value.$date !== undefined && value.$date !== null) return usualTime(value.$date, near);
  const seconds = value.epochsecond ?? value.seconds ?? value._seconds;
  const parts = value.nano ?? value.nanos ?? value._nanoseconds ?? 0;
  if (typeof seconds === "string" && /^\d{9,10}$/.test(seconds)) return toUTC(seconds, near);
  if (typeof seconds !== "number" || typeof parts !== "number") return undefined;
  return toUTC(seconds + Math.floor(parts / 1000) / 1e6, near);
}
