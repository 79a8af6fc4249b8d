/** Keeps everything but the console's own page from the lake: other sites, other names for this machine, other programs. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "./answer.ts";

/** Nothing but its own files runs, is loaded, or is asked; nothing frames it; text never becomes markup by accident. */
const POLICY = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "connect-src"].map((directive) => `${directive} 'self'`),
  ...["base-uri", "form-action", "frame-ancestors"].map((directive) => `${directive} 'none'`),
  "require-trusted-types-for 'script'",
].join("; ");

/** On every answer. There is no CORS header on any: no other origin may read one. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Refuses a request that reached us under another name (DNS rebinding), or that another site's page sent.
 *
 * @throws {Refusal} 403
 */
export function checkPlace({ host, origin }: IncomingHttpHeaders, port: number): void {
  const names = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!names.includes(host ?? "")) throw foreign(`Host ${quote(host)} is not this console`, port);
  const own = names.map((name) => `http://${name}`);
  if (origin !== undefined && !own.includes(origin)) throw foreign(`Origin ${quote(origin)} is not this console`, port);
}

/**
 * Refuses a call that does not come from the page that `lake up` printed the URL of, and a change that a browser does
 * not say the console's own page asked for.
 *
 * @throws {Refusal} 401 without the token, 403
 */
export function checkCall(method: string, headers: IncomingHttpHeaders, token: string, port: number): void {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") throw foreign(`A page of another site (${quote(site)}) asks`, port);
  if (!isToken(headers.authorization, token))
    throw new Refusal(401, "The token is missing or not this lake's", "Open the URL that lake up printed last");
  const changes = method !== "GET" && method !== "HEAD";
  if (changes && headers.origin === undefined && site === undefined)
    throw foreign(`A ${method} must say that it comes from this console's page (Origin, Sec-Fetch-Site)`, port);
}

/** Digests are compared: they are of one length, whatever was sent. */
function isToken(authorization: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(authorization ?? ""), digest(`Bearer ${token}`));
}

function foreign(what: string, port: number): Refusal {
  return new Refusal(403, `${what}; nothing was done`, `Open http://127.0.0.1:${port}/ as lake up printed it`);
}

function quote(value: string | undefined): string {
  return JSON.stringify(value?.slice(0, 120) ?? "");
}
