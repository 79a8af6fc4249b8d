// What a screen reader is told politely: one place of the page, so that messages do not talk over each other.
import { signal } from "@preact/signals";

export const announcement = signal("");

/** Said when the reader has finished what it is saying; a text that is the same as the last is not said again. */
export function announce(text: string): void {
  announcement.value = text;
}
