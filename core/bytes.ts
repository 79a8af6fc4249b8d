/** The bytes that JSON is made of, by name. */

export const NEWLINE = 0x0a;
export const BLANK = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const BRACKET_CLOSED = 0x5d;
export const BRACE = 0x7b;
export const BRACE_CLOSED = 0x7d;
