import { isUtf8 } from "node:buffer";
import { type PipelineError, undecodable } from "./error.ts";
import type { Budget } from "./limits.ts";
import { type Format, formatAt, readMember } from "./member.ts";

/** Compression within compression, as when a shipper compresses a file that was compressed already. */
const MAX_LEVELS = 3;

/** zstd frames, or gzip members before a broken one, of one payload: each costs some 10 microseconds, however small. */
const MAX_MEMBERS = 10_000;

/** A payload, or its end, that could not be expanded, and why. */
export interface Flaw {
  readonly error: PipelineError;
  readonly payload: Uint8Array;
}

export interface Expanded {
  readonly bytes: Uint8Array;
  /** True when the bytes end before their producer's end: the payload was truncated. */
  readonly cut: boolean;
  readonly flaws: readonly Flaw[];
}

/**
 * Undoes gzip, zlib and zstd, known by their first bytes, one within another up to three deep, each of one or many
 * members. Bytes of another kind come back as they are.
 *
 * What a truncated payload still gives is in `bytes`, and so are the members before a broken one; a flaw holds the
 * rest, or the whole payload when its first member is the broken one. Zero bytes at the end are padding.
 *
 * @param isText true when plain text is welcome: then `x^2 + y`, which starts as zlib may, is text
 * @throws {PipelineError} `expansion_limit` beyond the budget or the levels
 */
export function expand(payload: Uint8Array, budget: Budget, isText = false): Expanded {
  let bytes = payload;
  let cut = false;
  const flaws: Flaw[] = [];
  for (let level = 0; formatAt(bytes, 0); level++) {
    if (level === MAX_LEVELS) throw undecodable("expansion_limit", `compressed more than ${MAX_LEVELS} times over`);
    const { output, rest } = expandMembers(bytes, budget);
    if (rest?.at === 0 && isText && formatAt(bytes, 0) === "zlib" && isUtf8(bytes)) break;
    // A level within a truncated one is truncated as well: one flaw says so.
    if (rest && !cut) flaws.push({ error: rest.error, payload: rest.at === 0 ? payload : bytes.subarray(rest.at) });
    cut ||= rest?.cut ?? false;
    bytes = output;
  }
  return { bytes, cut, flaws };
}

/** What could not be expanded: from where on, why, and whether only the end is missing. */
interface Rest {
  readonly at: number;
  readonly error: PipelineError;
  readonly cut: boolean;
}

function expandMembers(bytes: Uint8Array, budget: Budget): { output: Uint8Array; rest?: Rest } {
  const parts: Uint8Array[] = [];
  let at = 0;
  let last: Format = "gzip";
  const upTo = (error: PipelineError, cut: boolean) => ({ output: Buffer.concat(parts), rest: { at, error, cut } });
  while (at < bytes.length) {
    const format = formatAt(bytes, at);
    if (!format && bytes.subarray(at).every((byte) => byte === 0)) break;
    if (!format) return upTo(undecodable(`invalid_${last}`, `${bytes.length - at} bytes follow ${last}`), false);
    if (parts.length === MAX_MEMBERS) return upTo(undecodable("expansion_limit", `${MAX_MEMBERS} members`), false);
    const member = readMember(format, bytes.subarray(at), budget.bytes, parts.length === 0);
    budget.bytes -= member.output.length;
    parts.push(member.output);
    if (member.error) return upTo(member.error, member.cut);
    at += member.consumed;
    last = format;
  }
  return { output: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts) };
}
