/** Whether it worked, as producers say it: in words, as a truth, an HTTP status or an error. */

import { isSuccess } from "./fields.ts";
import { isObject, type Json } from "./json.ts";

const LONGEST_TEXT = 128;

/** Words that answer "did it work"; any other word is no answer. */
const WORDS = wordsOf(
  `success succeeded successful successfully ok okay allow allowed accept accepted permit permitted pass passed granted
    approved authorized delivered true`,
  `failure failed fail fails error deny denied reject rejected rej block blocked drop dropped refused unauthorized
    unauthenticated forbidden invalid unsuccessful undelivered bounced false`,
);

/** Those that tell it at the begin or the end of what was done: `Failed login`, `login.success`, `PERMISSION_DENIED`. */
const DONE = wordsOf(
  "success successful successfully succeeded",
  "fail fails failed failure denied rejected blocked unsuccessful refused",
);

/** Those that tell it at the end only: `LOGIN_ERROR`, but not `error_report_sent`. */
const LAST = wordsOf("", "error");

/** What a field says that is named for success; of others, zero and one mean different things to different producers. */
const TRUTHS = wordsOf("yes y t 1", "no n f 0");

const NEGATIONS = new Set(["no", "not", "non", "without", "never"]);

/** How producers write that there was no error. */
const NO_ERRORS = new Set(["", "0", "0x0", "0x00000000", "-", "nil", "null", "n/a", "ok", "false", "none", "success"]);
const NO_ERROR = /no[ _]?errors?$/;

function wordsOf(good: string, bad: string): ReadonlyMap<string, boolean> {
  const words = (text: string, says: boolean) => text.split(/\s+/).map((word): [string, boolean] => [word, says]);
  return new Map([...words(good, true), ...words(bad, false)].filter(([word]) => word !== ""));
}

/** True for one word that says whether something worked. */
export function isOutcome(word: string): boolean {
  return WORDS.has(word.toLowerCase());
}

/** A truth, a word, words that agree (`Block/Drop`) or an HTTP status. */
export function usualOutcome(value: Json): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return ofStatus(value);
  if (typeof value !== "string" || value.length > LONGEST_TEXT) return undefined;
  const text = value.trim().toLowerCase();
  return WORDS.get(text) ?? (/^\d{3}$/.test(text) ? ofStatus(Number(text)) : ofWords(text));
}

function ofStatus(status: number): boolean | undefined {
  return status >= 100 && status <= 599 ? isSuccess(status) : undefined;
}

function ofWords(text: string): boolean | undefined {
  const [first, ...others] = wordsIn(text).map((word) => WORDS.get(word));
  return others.length > 0 && others.every((says) => says === first) ? first : undefined;
}

/** The same of a field that is named for a result: it may say more than whether it worked, `PERMISSION_DENIED`. */
export function usualResult(value: Json): boolean | undefined {
  const says = usualOutcome(value);
  if (says !== undefined || typeof value !== "string") return says;
  if (/(?:^|[ _])no[ _]errors?$/i.test(value)) return true;
  return outcomeOfAction(value) ?? lastWord(value);
}

/** `AUTH_REJECT`, `access accept`: what was done is the last word of few. */
function lastWord(text: string): boolean | undefined {
  const words = wordsIn(text.toLowerCase());
  return words.length > 3 || words.some((word) => NEGATIONS.has(word)) ? undefined : WORDS.get(words.at(-1) ?? "");
}

/** The same of a field that is named for success: yes and no, zero and one. */
export function usualSuccess(value: Json): boolean | undefined {
  if (typeof value === "number") return value === 1 || value === 0 ? value === 1 : undefined;
  return usualOutcome(value) ?? (typeof value === "string" ? TRUTHS.get(value.trim().toLowerCase()) : undefined);
}

/** False for an error; no error is no answer: there may be none yet. */
export function usualError(value: Json): false | undefined {
  if (typeof value === "boolean") return value ? false : undefined;
  if (typeof value === "number") return value === 0 || isSuccess(value) ? undefined : false;
  if (typeof value === "string") return isNoError(value.trim().toLowerCase()) ? undefined : false;
  return isObject(value) && Object.values(value).some((part) => part !== null && part !== "") ? false : undefined;
}

function isNoError(text: string): boolean {
  return NO_ERRORS.has(text) || NO_ERROR.test(text);
}

/** Whether it worked, of a text that says what was done. */
export function outcomeOfAction(action: Json | undefined): boolean | undefined {
  if (typeof action !== "string" || action.length > LONGEST_TEXT) return undefined;
  const words = wordsIn(action.toLowerCase());
  const last = words.at(-1) ?? "";
  if (words.length > 5 || words.some((word) => NEGATIONS.has(word))) return undefined;
  return DONE.get(last) ?? (words.length > 1 ? LAST.get(last) : undefined) ?? DONE.get(words[0] ?? "");
}

function wordsIn(text: string): string[] {
  return text.split(/[^a-z]+/).filter((word) => word !== "");
}
