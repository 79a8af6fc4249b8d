/** What core/writer.ts leaves to the scanner when it writes a row: moving bytes and looking at them. */

import { ESCAPED, ROW } from "./memory";

/** Copies bytes of `ESCAPED` into the row. */
export function copyEscaped(from: i32, to: i32, length: i32): void {
  memory.copy(ROW + to, ESCAPED + from, length);
}

/** True when none of these bytes of the row needs an escape sequence in a JSON string. */
export function isPlain(at: i32, length: i32): bool {
  for (let i = 0; i < length; i += 16) {
    const bytes = v128.load(ROW + at + i);
    const marks = v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c)));
    const escaped = i8x16.bitmask(v128.or(marks, i8x16.lt_u(bytes, i8x16.splat(0x20))));
    const left = length - i;
    if ((escaped & (left < 16 ? (1 << left) - 1 : 0xffff)) !== 0) return false;
  }
  return true;
}
