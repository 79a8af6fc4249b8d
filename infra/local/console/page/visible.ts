// Texts from events, made visible: what a reader would not see or be fooled by is escaped, as `lake quarantine` does it.

/** Controls but tab and newline, marks that turn the direction of text, blanks of no width, what Unicode has not given out. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

/** `\u001b` for an escape, `\u202e` for the mark that turns text; everything else as it is. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
