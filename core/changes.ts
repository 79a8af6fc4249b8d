import { BLANK, BRACKET, COLON, QUOTE } from "./bytes.ts";
import type { Json, JsonObject } from "./json.ts";
import { partOf, type Scanned, scanned, TEXT_KINDS, tellTexts } from "./scanned.ts";
import type { Originals, Reading } from "./sparse.ts";
import { textAt } from "./sparse.ts";

/** What plugins changed at the first level of `details`. */
interface Changes {
  /** Of the fields that were there before: those that have another value now, or are gone, in the order of the document. */
  readonly edits: readonly Edit[];
  /** How many of the fields that there are now were there before: they come first. */
  readonly kept: number;
}

interface Edit {
  readonly name: string;
  /** Which field of the scan it is. */
  readonly place: number;
  /** Undefined when the field is gone. */
  readonly value: Json | undefined;
}

/** Finds what is not the very value that was there. */
function changesOf({ names, values, places }: Originals, now: readonly string[], details: JsonObject): Changes {
  const edits: Edit[] = [];
  let kept = 0; // what is left of the originals comes first, in their order
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? "";
    const isKept = now[kept] === name;
    const value = isKept ? details[name] : undefined;
    if (isKept) kept++;
    if (!isKept || !Object.is(value, values[i])) edits.push({ name, place: places[i] ?? 0, value });
  }
  return { edits, kept };
}

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
  const { count, field, start, end, kind } = tellTexts(scanned);
  const now = Object.keys(details);
  const { edits, kept } = changesOf(originals, now, details);
  let next = 0;
  for (let i = 0; i < count; i++) {
    const place = field[i] ?? 0;
    for (let edit = edits[next]; edit && edit.place < place; edit = edits[++next])
      visitTextsIn(edit.value, visit, edit.name);
    if (edits[next]?.place !== place)
      visit(scannedText(scanned, start[i] ?? 0, end[i] ?? 0, kind[i] ?? 0), kind[i] ?? 0, start[i]);
  }
  for (let edit = edits[next]; edit; edit = edits[++next]) visitTextsIn(edit.value, visit, edit.name);
  for (let i = kept; i < now.length; i++) visitTextsIn(details[now[i] ?? ""], visit, now[i]);
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
