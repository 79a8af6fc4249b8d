import { isUtf8 } from "node:buffer";

/**
 * What a terminal acts on or hides when it prints it: control characters but for tab and newline, the marks that turn the
 * direction of text (Trojan Source), blanks of no width, line separators, and what Unicode has not given out.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

/**
 * Bytes of a stranger's as text that is safe to print: UTF-8 as it is, but for characters that a terminal would act on, which
 * become `\u001b`; and bytes that are no UTF-8 as `\xff`, with ASCII left readable.
 */
export function escapeBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString().replace(UNSAFE, escapeCharacter);
  return Buffer.from(bytes)
    .toString("latin1")
    .replace(/[^\t\n\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function escapeCharacter(character: string): string {
  if (character === "\n" || character === "\t") return character;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
