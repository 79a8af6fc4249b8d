/**
 * Reads a JSON object as bytes, without making it: one pass checks it, lower-cases its keys, finds the fields that
 * plugins ask for and the texts that may hold an indicator, and writes it as it stands in a row, where `details` is a
 * JSON string.
 *
 * It understands what producers usually write. Whatever is odd (a key with an escape or beyond ASCII, twice in one
 * object, or all digits; `NaN`; 14 levels; what is no JSON at all) it leaves to the parser, and what it does write is
 * byte for byte what the parser's way would write: test/fuzz/paths.test.ts.
 *
 * The pass itself is in AssemblyScript, core/scanner/scan.ts: WebAssembly reads sixteen bytes at once, and takes less than
 * half the time. This is its host.
 */

import { isUtf8 } from "node:buffer";
import { type Names, tableOf } from "./names.ts";
import { type Scanned, scanned } from "./scanned.ts";
import { constant, numbersAt, scanner } from "./scanner.ts";

const MAX_BYTES = constant("MAX_BYTES");
const report = numbersAt(constant("REPORT"), 10);

/**
 * Scans one JSON object, with nothing but blanks behind it. The bytes are left as they are.
 *
 * @returns undefined for what the parser must see
 */
export function scan(bytes: Uint8Array, names: Names): Scanned | undefined {
  const { length } = bytes;
  if (bytes[0] !== 0x7b || length > MAX_BYTES) return undefined;
  const table = tableOf(names);
  const { text } = scanned;
  text.set(bytes);
  text[length] = 0; // a byte that no token holds: nothing is read beyond it
  if (!scanner.scan(table, length, names.details)) return undefined;
  take(length);
  return scanned.isAscii || isUtf8(bytes) ? scanned : undefined;
}

/** The numbers that the scanner reports, in its order. */
function take(length: number): void {
  scanned.textEnd = length;
  scanned.end = report[0] ?? 0;
  scanned.root = report[1] ?? 0;
  scanned.base = report[2] ?? 0;
  scanned.fields = report[3] ?? 0;
  scanned.others = report[4] ?? 0;
  scanned.found.count = report[5] ?? 0;
  scanned.texts.count = report[6] ?? 0;
  scanned.texts.areTold = false;
  scanned.hasPlainNumbers = report[7] === 1;
  scanned.isAscii = report[8] === 1;
  scanned.hasEscapes = report[9] === 1;
}
