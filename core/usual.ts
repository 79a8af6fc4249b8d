/** What the usual names of fields hold when they mean the usual thing: each function reads one kind, and refuses the rest. */

import { isSuccess } from "./fields.ts";
import { isAddress } from "./ip.ts";
import type { Json } from "./json.ts";
import { toUTC } from "./time.ts";
import { userIn } from "./vendor.ts";

const LONGEST_NAME = 128;

/** Words that answer "did it work", as producers write them; any other word is no answer. */
const OUTCOMES = new Map<string, boolean>(
  Object.entries({
    true: "success succeeded successful ok okay allow allowed accept accepted permit permitted pass passed granted approved true",
    false: `failure failed fail error deny denied reject rejected block blocked drop dropped refused unauthorized forbidden
      invalid false`,
  }).flatMap(([outcome, words]) => words.split(/\s+/).map((word): [string, boolean] => [word, outcome === "true"])),
);

/** A user's name: one word without brackets or quotes, no number, path, URL or address. */
export function usualUser(value: Json): string | undefined {
  if (typeof value !== "string" || value.length > LONGEST_NAME) return undefined;
  const user = userIn(value);
  if (user === undefined || OUTCOMES.has(user) || /[\s{}[\]<>"|,;()]|:\/\/|^\/|^[\d.]+$/.test(user)) return undefined;
  return isAddress(user) ? undefined : user;
}

/** An outcome as a truth, a word or an HTTP status; zero and one mean different things to different producers. */
export function usualOutcome(value: Json): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && value.length <= 16) {
    const said = OUTCOMES.get(value.trim().toLowerCase());
    if (said !== undefined) return said;
  }
  const status =
    typeof value === "number" ? value : Number(typeof value === "string" && value.length === 3 ? value : 0);
  return status >= 100 && status <= 599 ? isSuccess(status) : undefined;
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
  return isAddress(value) || OUTCOMES.has(value.toLowerCase()) ? undefined : value;
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

/** A time with its time of day; a date alone is a birthday or a due date as often as not. */
export function usualTime(value: Json, near: number): string | undefined {
  return typeof value === "string" && !/[:]|^\d{9,}|T\d/.test(value) ? undefined : toUTC(value, near);
}
