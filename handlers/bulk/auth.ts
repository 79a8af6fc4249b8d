import { createHash, timingSafeEqual } from "node:crypto";

/** A changed secret is known after this at the latest. */
const REFRESH_MS = 5 * 60_000;

/** After a wrong credential the secret is read again, since it may be a new one; but no more often than this. */
const RECHECK_MS = 30_000;

/**
 * Checks `Authorization` headers against a secret: JSON with `username` and `password`, or `apiKey` ("id:key"), or all three.
 *
 * Both schemes of Elasticsearch are the same in base64, `Basic user:password` and `ApiKey id:key`, and either takes either
 * credential: an agent that only knows API keys gives the user name as the id and the password as the key.
 *
 * The secret is read at the first credential and kept; when it cannot be read anew, the one that is known stays good.
 *
 * @param readSecret reads the secret's text; asked by the clock `now`, in milliseconds
 * @returns whether the header holds a valid credential; rejects when the secret was never read
 */
export function createGuard(
  readSecret: () => Promise<string>,
  now: () => number = Date.now,
): (authorization: string | undefined) => Promise<boolean> {
  let known: readonly Buffer[] | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;

  async function refresh(olderThanMs: number): Promise<readonly Buffer[]> {
    if (known && now() - askedAt < olderThanMs) return known;
    askedAt = now();
    try {
      known = digestsOf(await readSecret());
    } catch (error) {
      if (!known) throw error;
    }
    return known;
  }

  return async (authorization) => {
    const credential = credentialOf(authorization);
    if (credential === undefined) return false;
    const digest = digestOf(credential);
    return isOneOf(digest, await refresh(REFRESH_MS)) || isOneOf(digest, await refresh(RECHECK_MS));
  };
}

/** The text that a Basic or ApiKey header holds in base64. */
function credentialOf(authorization = ""): string | undefined {
  const encoded = /^(?:basic|apikey) +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization)?.[1];
  return encoded && Buffer.from(encoded, "base64").toString();
}

/** Takes the same time whichever differs, and wherever: all digests have one length and all are compared. */
function isOneOf(digest: Buffer, known: readonly Buffer[]): boolean {
  return known.filter((one) => timingSafeEqual(one, digest)).length > 0;
}

/** @throws {Error} when the secret is not of the form above; the message has nothing of the secret in it */
function digestsOf(secret: string): Buffer[] {
  const { username, password, apiKey } = fieldsOf(secret);
  const credentials = [username && password ? `${username}:${password}` : "", apiKey ?? ""].filter((one) => one !== "");
  if (credentials.length > 0) return credentials.map(digestOf);
  throw new Error('bulk: the secret is not JSON with "username" and "password", or "apiKey"; nobody can be let in');
}

function fieldsOf(secret: string): Partial<Record<string, string>> {
  try {
    const fields: unknown = JSON.parse(secret);
    const texts = Object.entries(fields ?? {}).filter(([, value]) => typeof value === "string");
    return Object.fromEntries(texts);
  } catch {
    return {}; // the parser's error would quote the secret
  }
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
