import { isUtf8 } from "node:buffer";
import { undecodable } from "./error.ts";
import { looksAggregated } from "./kpl.ts";
import { type Part, type SplitOptions, split } from "./split.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The parts of a payload in UTF-8, or in UTF-16 as PowerShell writes it, with or without a byte order mark. A line that
 * is no UTF-8 is a bad part of its own.
 *
 * @throws {PipelineError} `invalid_utf8` for broken UTF-16 and for an aggregated record (core/kpl.ts), `expansion_limit`
 *   for too many parts
 */
export function partsIn(bytes: Uint8Array, options: SplitOptions): Part[] {
  const encoding = utf16Of(bytes);
  const text = decodeText(bytes, encoding ?? "utf-8", options.cut);
  if (text !== undefined) return split(text, options);
  if (encoding) throw undecodable("invalid_utf8", `no text in ${encoding}`);
  if (looksAggregated(bytes)) throw undecodable("invalid_utf8", "an aggregated record that cannot be taken apart");
  return partsOfLines(bytes, options);
}

/** UTF-16 by its byte order mark, or by the zero byte that every ASCII character of JSON has in it. */
function utf16Of(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const first = bytes[0];
  const second = bytes[1];
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)) return "utf-16be";
  return undefined;
}

/** Undefined when the bytes are no such text; of a character that the cut goes through, nothing is left. */
function decodeText(bytes: Uint8Array, encoding: string, cut: boolean): string | undefined {
  try {
    if (encoding === "utf-8" && !cut) return UTF8.decode(bytes);
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: cut });
  } catch {
    return undefined;
  }
}

/** Lines that are UTF-8 are split together; each other line is bad. */
function partsOfLines(bytes: Uint8Array, options: SplitOptions): Part[] {
  const parts: Part[] = [];
  function add(text: Uint8Array, cut: boolean): void {
    if (parts.length > options.max) throw undecodable("expansion_limit", `more than ${options.max} lines`);
    if (text.length < 2) return; // the newline between two bad lines
    const more = split(Buffer.from(text).toString(), { ...options, cut, max: options.max - parts.length });
    for (const part of more) parts.push(part);
  }
  let good = 0;
  for (let at = 0, end = 0; at < bytes.length; at = end + 1) {
    const newline = bytes.indexOf(0x0a, at);
    end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(at, end);
    if (isUtf8(line)) continue;
    add(bytes.subarray(good, at), false);
    good = end;
    if (!options.cut || newline >= 0) parts.push({ kind: "bad", own: line, code: "invalid_utf8" });
  }
  add(bytes.subarray(good), options.cut);
  return parts;
}
