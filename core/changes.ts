import { BLANK, BRACKET, COLON, QUOTE } from "./bytes.ts";
import type { Json, JsonObject } from "./json.ts";
import { partOf, type Scanned, scanned, TEXT_KINDS, tellTexts } from "./scanned.ts";
import type { Reading } from "./sparse.ts";
import { textAt } from "./sparse.ts";

/**
 * @param kind what the scanner told of the text
 * @param place for {@link nameOf}
 */
export type Visit = (text: string, kind: number, place: Place) => void;

/** A text's name, or where it starts in what was scanned last. */
export type Place = string | number | undefined;

/**
 * Visits the texts of an event in which an address, a name or a digest may stand: those that were there before and still
 * are, as the scan found them, and all that plugins set. In the order in which they stand in `details`.
 */
export function visitTexts({ scanned, originals }: Reading, details: JsonObject, visit: Visit): void {
  const { names, values, places } = originals;
  tellTexts(scanned);
  let text = 0;
  let next = 0; // what is left of the originals comes first, in their order
  for (const name in details) {
    while (next < names.length && names[next] !== name) text = visitBefore(places[next++] ?? 0, text, scanned, visit);
    const value = details[name];
    const isOriginal = next < names.length;
    const place = isOriginal ? (places[next] ?? 0) : BEHIND;
    if (isOriginal && Object.is(value, values[next++])) continue;
    text = visitBefore(place, text, scanned, visit);
    visitTextsIn(value, visit, name);
  }
  while (next < names.length) text = visitBefore(places[next++] ?? 0, text, scanned, visit);
  visitBefore(BEHIND, text, scanned, visit);
}

/** The place of what follows all fields of the scan. */
const BEHIND = 2 ** 30;

/**
 * Visits the texts of the scan that stand before one of its fields.
 *
 * @param from which of the texts is next
 * @returns the first that stands behind the field
 */
function visitBefore(place: number, from: number, scanned: Scanned, visit: Visit): number {
  const { count, field, start, end, kind } = scanned.texts;
  let text = from;
  for (; text < count && (field[text] ?? 0) < place; text++) {
    const itsKind = kind[text] ?? 0;
    visit(scannedText(scanned, start[text] ?? 0, end[text] ?? 0, itsKind), itsKind, start[text]);
  }
  while (text < count && field[text] === place) text++;
  return text;
}

/** Texts that the scanner told the kind of have no escape sequences. */
function scannedText(scanned: Scanned, start: number, end: number, kind: number): string {
  return kind === TEXT_KINDS.any ? textAt(scanned, start, end) : partOf(scanned, start, end);
}

/** Visits every text of a JSON value, at any depth; `name` is the value's own. */
export function visitTextsIn(value: Json | undefined, visit: Visit, name?: string): void {
  if (typeof value === "string") {
    visit(value, TEXT_KINDS.any, name);
  } else if (Array.isArray(value)) {
    let own = name;
    for (const item of value) {
      visitTextsIn(item, visit, own);
      own = undefined;
    }
  } else if (typeof value === "object") {
    for (const key in value) visitTextsIn(value[key], visit, key);
  }
}

/** The field that a visited text is the value of, or the first item of; undefined for further items of a list. */
export function nameOf(place: Place): string | undefined {
  return typeof place === "number" ? nameBefore(place - 2) : place;
}

/** @param at the place before the text's opening quote */
function nameBefore(at: number): string | undefined {
  const { text } = scanned;
  let place = at;
  while ((text[place] ?? BRACKET) <= BLANK || text[place] === BRACKET) place--;
  if (text[place] !== COLON) return undefined;
  const end = text.lastIndexOf(QUOTE, place);
  return partOf(scanned, text.lastIndexOf(QUOTE, end - 1) + 1, end);
}
