// Bytes from anywhere as text that cannot do anything, or as hex.
import { visible } from "../visible.ts";

/** Bytes that are shown; a payload may be megabytes. */
export const SHOWN_BYTES = 16_384;

/** Characters of two to four bytes in UTF-8, and bytes that are part of none. */
const BEYOND_ASCII = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;

/** @throws {DOMException} when it is no base64, which the lake never sends */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** UTF-8 as it is but for what `visible` escapes; each byte that is no UTF-8 as `\xff`. */
export function escapedText(bytes: Uint8Array): string {
  const characters = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => String.fromCharCode(byte));
  return visible(characters.join("").replace(BEYOND_ASCII, decoded));
}

function decoded(sequence: string): string {
  const bytes = Uint8Array.from(sequence, (byte) => byte.charCodeAt(0));
  const text = new TextDecoder().decode(bytes);
  return text.includes("\uFFFD") ? [...bytes].map((byte) => `\\x${hex(byte)}`).join("") : text;
}

/** `00000010  7b 22 …  |{"…|`, sixteen bytes a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, SHOWN_BYTES); at += 16) {
    const line = [...bytes.subarray(at, at + 16)];
    const pairs = line.map(hex).join(" ").padEnd(47);
    const text = line.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${pairs}  |${text}|`);
  }
  return lines.join("\n");
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
