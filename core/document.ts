import { bounded, type Content, contentsOf } from "./envelope.ts";
import { excerpt, type PipelineError, undecodable } from "./error.ts";
import { type JsonObject, parseJson } from "./json.ts";
import { itemsOf, MAX_VALUES } from "./reader.ts";
import type { Part } from "./split.ts";

/** What a payload holds: what may become an event, or cannot, and why. */
export type Draft = Readable | Refused;

interface Placed {
  /** The bytes that are quarantined when no event becomes of it. */
  payload: () => Uint8Array;
  /** Place of its user record in an aggregated record; 0 when the record is not aggregated. */
  subsequence: number;
  /** Its place in the payload, or in its user record, from 0, counted over both kinds. */
  index: number;
  /** The partition key of its user record. */
  partitionKey?: string | undefined;
}

interface Refused extends Placed {
  readonly error: PipelineError;
}

interface Readable extends Placed {
  /** Makes the document; anew each time, since plugins change it. */
  readonly parse: () => JsonObject;
  /** The JSON of the document, if it is one object as it is. */
  readonly bytes?: Uint8Array;
  /** When its envelope says that it happened, in milliseconds since 1970. */
  readonly timeMs?: number | undefined;
  /** It is meant to be dropped, and this is the name that it is counted under. */
  readonly dropped?: string | undefined;
}

/**
 * The drafts of a part; their places are still to be given.
 *
 * @param max drafts beyond which it is refused
 * @throws {PipelineError} `expansion_limit` for more than `max` drafts
 */
export function draftsOf(part: Part, max: number): Draft[] {
  if (part.kind === "json") return draftsOfJson(part, max);
  if (part.kind === "list") return bounded(part.items, max).flatMap((item) => draftsOf(item, max));
  const payload = () => Buffer.from(part.own);
  if (part.kind === "text") return [{ parse: () => ({ message: part.own }), payload, subsequence: 0, index: 0 }];
  return [refusedDraft(undecodable(part.code, messageOf(part)), payload)];
}

export function refusedDraft(error: PipelineError, payload: () => Uint8Array): Draft {
  return { error, payload, subsequence: 0, index: 0 };
}

function messageOf({ code, own }: Extract<Part, { kind: "bad" }>): string {
  if (typeof own !== "string") return `${own.length} bytes that are no text in UTF-8`;
  if (code === "too_deep") return "nested too deep to be read";
  if (code === "expansion_limit") return `more than ${MAX_VALUES} values in one JSON text`;
  return `${code === "not_an_object" ? "a list within a list" : "no JSON"}: ${excerpt(own)}`;
}

function draftsOfJson({ own, value }: Extract<Part, { kind: "json" }>, max: number): Draft[] {
  const first = contentsOf(value, max);
  if (first.length === 1 && first[0] && !Array.isArray(value)) return [draftOf(first[0], own)];
  const copies = createCopies(first, () => contentsOf(parseJson(own), max));
  const texts = createTexts(own, Array.isArray(value), first.length);
  return first.map((content, i) => {
    if ("error" in content) return refusedDraft(content.error, () => texts(i, () => content));
    let handedOut = 0;
    return {
      subsequence: 0,
      index: 0,
      timeMs: content.timeMs,
      dropped: content.dropped,
      parse: () => documentOf(copies.take(i, handedOut++)),
      payload: () => texts(i, () => copies.peek(i, handedOut)),
    };
  });
}

/** The draft of the one thing that a JSON text holds. */
function draftOf(content: Content, own: string): Draft {
  const payload = () => Buffer.from(own);
  if ("error" in content) return refusedDraft(content.error, payload);
  let first: Content | undefined = content;
  return {
    subsequence: 0,
    index: 0,
    timeMs: content.timeMs,
    dropped: content.dropped,
    payload,
    parse() {
      const document = documentOf(first ?? contentsOf(parseJson(own), 1)[0]);
      first = undefined; // not kept once it is handed out
      return document;
    },
  };
}

function documentOf(content: Content | undefined): JsonObject {
  if (content && "value" in content) return content.value;
  throw new TypeError("decode: a document changed between two parses");
}

/** Contents that are given out once: the first parse, then another, made when the first document needs it. */
function createCopies(first: Content[], again: () => Content[]) {
  const copies: (Content | undefined)[][] = [first];
  function peek(i: number, copy: number): Content {
    copies[copy] ??= again();
    const content = copies[copy]?.[i];
    if (content) return content;
    throw new TypeError("decode: a document changed between two parses");
  }
  function take(i: number, copy: number): Content {
    const content = peek(i, copy);
    if (copies[copy]) copies[copy][i] = undefined;
    return content;
  }
  return { peek, take };
}

/** The bytes of each content of a JSON text: as they were written, where it is an item of a list. */
function createTexts(own: string, isList: boolean, count: number) {
  let items: string[] | undefined;
  return (i: number, content: () => Content): Uint8Array => {
    if (isList) items ??= itemsOf(own, count);
    const item = items?.length === count ? items[i] : undefined;
    return Buffer.from(item ?? written(content) ?? own);
  };
}

/** Undefined for what is nested too deep to be written: all of the text stands for it then. */
function written(content: () => Content): string | undefined {
  try {
    return JSON.stringify(content().own());
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
