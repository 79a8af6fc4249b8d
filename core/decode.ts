import { gunzipSync } from "node:zlib";
import { excerpt, PipelineError, type QuarantineCode } from "./error.ts";
import { isObject, type Json, type JsonObject, parseJson } from "./json.ts";

/**
 * A document of a payload: one that may become an event, or one that cannot, with why and its own bytes.
 * `index` is its place in the payload, from 0, counted over both kinds.
 */
export type Document =
  | { readonly index: number; readonly parse: () => JsonObject; readonly payload: () => Uint8Array }
  | { readonly index: number; readonly error: PipelineError; readonly payload: () => Uint8Array };

/** Largest size that a compressed payload may expand to, in bytes; a 6 MB batch of bombs must not exhaust the Lambda. */
export const MAX_EXPANDED_BYTES = 32 * 1024 * 1024;

/**
 * Reads a payload into its documents: a JSON object, a list of objects, or NDJSON; gzip of any of them, by magic;
 * UTF-8, or UTF-16 as PowerShell writes it; with or without a byte order mark.
 *
 * Never throws and never answers with nothing: a payload without a document is one document in error.
 */
export function decode(payload: Uint8Array): Document[] {
  try {
    return documentsOf(textOf(expand(payload)));
  } catch (error) {
    if (error instanceof PipelineError) return [{ index: 0, error, payload: () => payload }];
    throw error;
  }
}

function expand(payload: Uint8Array): Uint8Array {
  if (payload[0] !== 0x1f || payload[1] !== 0x8b) return payload;
  try {
    return gunzipSync(payload, { maxOutputLength: MAX_EXPANDED_BYTES });
  } catch (cause) {
    const isBomb = cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    throw isBomb
      ? refusal("expansion_limit", `gzip expands beyond ${MAX_EXPANDED_BYTES} bytes`, cause)
      : refusal("invalid_gzip", `gzip cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function textOf(bytes: Uint8Array): string {
  const encoding = utf16Of(bytes);
  try {
    return (encoding ? new TextDecoder(encoding, { fatal: true }) : UTF8).decode(bytes);
  } catch (cause) {
    throw refusal("invalid_utf8", `no text in ${encoding ?? "UTF-8"}`, cause);
  }
}

/** UTF-16 by its byte order mark, or by the zero byte that every ASCII character of JSON has in it. */
function utf16Of([first, second]: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)) return "utf-16be";
  return undefined;
}

function documentsOf(text: string): Document[] {
  if (text.trim() === "") throw refusal("empty_payload", "nothing but blanks");
  const whole = tryParse(text);
  if (whole instanceof PipelineError) return partsOf(text, whole);
  if (!Array.isArray(whole.value)) return [documentOf(whole.value, 0, () => text)];
  if (whole.value.length === 0) throw refusal("empty_payload", "an empty list");
  let texts: string[] | undefined; // most lists are never asked for the texts of their items
  const textAt = (index: number) => {
    texts ??= itemTexts(text);
    return texts[index] ?? "";
  };
  return whole.value.map((value, index) => documentOf(value, index, () => textAt(index)));
}

/**
 * NDJSON, one document a line, or a list that could not be parsed as a whole because of one deep item: a part that is
 * no document costs only itself, unless no part is one.
 */
function partsOf(text: string, error: PipelineError): Document[] {
  const isList = text.trimStart().startsWith("[");
  if (error.code === "too_deep" && !isList) throw error;
  const parts = error.code === "too_deep" ? itemTexts(text) : text.split("\n").filter((line) => line.trim() !== "");
  const documents = parts.map((part, index) => {
    const parsed = tryParse(part);
    if (parsed instanceof PipelineError) return { index, error: parsed, payload: () => Buffer.from(part) };
    return documentOf(parsed.value, index, () => part);
  });
  if (documents.some((document) => "parse" in document)) return documents;
  throw error;
}

/** The items of a list, as they were written. The text is known to be JSON. */
function itemTexts(list: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < list.length; i++) {
    const character = list[i] ?? "";
    if (character === '"') i = endOfString(list, i);
    if (character === "]" || character === "}") depth--;
    if ((character === "," && depth === 1) || (character === "]" && depth === 0)) items.push(list.slice(start, i));
    if (character === "[" || character === "{") depth++;
    if (depth === 1 && (character === "," || character === "[")) start = i + 1;
  }
  return items;
}

/** The place of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end;
}

/** The first parse is handed out once, since plugins change it; after that the text is parsed anew. */
function documentOf(value: Json, index: number, text: () => string): Document {
  const payload = () => Buffer.from(text());
  const error = refusalOf(value);
  if (error) return { index, error, payload };
  let first: Json | undefined = value;
  return {
    index,
    payload,
    parse() {
      const document = first ?? parseJson(text());
      first = undefined;
      if (isObject(document)) return document;
      throw new TypeError("decode: a document changed between two parses");
    },
  };
}

function refusalOf(value: Json): PipelineError | undefined {
  if (!isObject(value) || JSON.isRawJSON(value)) return refusal("not_an_object", `${kindOf(value)}, no JSON object`);
  return Object.keys(value).length === 0 ? refusal("empty_payload", "an object without a key") : undefined;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return `a list of ${value.length} within a list`;
  return typeof value === "string" ? `the text ${excerpt(value)}` : `the value ${JSON.stringify(value)}`;
}

function tryParse(text: string): { value: Json } | PipelineError {
  try {
    return { value: parseJson(text) };
  } catch (cause) {
    // A RangeError is the parser's stack: the numbers of a text nested thousands deep cannot be kept exact.
    if (cause instanceof RangeError) return refusal("too_deep", "nested too deep to be read", cause);
    return refusal("invalid_json", `no JSON: ${excerpt(text)}`, cause);
  }
}

function refusal(code: QuarantineCode, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, "receive", `decode: ${message}; the payload is quarantined`, { cause });
}
