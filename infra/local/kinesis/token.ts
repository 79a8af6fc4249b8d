/**
 * Opaque tokens for shard iterators and list pages.
 *
 * A token carries all it means (base64 of JSON), so it survives a restart of the lake; it is not signed, since whoever
 * reaches this endpoint may read the streams anyway. It is valid for five minutes (GetShardIterator, Kinesis API Reference).
 */

/** Milliseconds a token is valid for. */
export const TOKEN_LIFE_MS = 300_000;

export interface Token {
  /** When it was made, milliseconds since 1970. */
  issued: number;
  values: unknown[];
}

/** Makes a token of one kind, which only `openToken` of that kind reads. */
export function sealToken(kind: string, issued: number, values: readonly (number | string | null)[]): string {
  return Buffer.from(JSON.stringify([kind, issued, ...values])).toString("base64");
}

/** Reads a token back; undefined when the text is no token of this kind. */
export function openToken(kind: string, text: string): Token | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    if (!Array.isArray(parts) || parts[0] !== kind || !Number.isSafeInteger(parts[1])) return undefined;
    return { issued: parts[1], values: parts.slice(2) };
  } catch {
    return undefined;
  }
}

export function isExpired(token: Token, now: number): boolean {
  return now - token.issued > TOKEN_LIFE_MS;
}
