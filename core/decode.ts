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
  if (whole instanceof PipelineError) return linesOf(text, whole);
  if (!Array.isArray(whole.value)) return [documentOf(whole.value, 0, () => text, parseJson)];
  if (whole.value.length === 0) throw refusal("empty_payload", "an empty list");
  return whole.value.map((value, index) =>
    documentOf(
      value,
      index,
      () => JSON.stringify(value),
      () => itemOf(parseJson(text), index),
    ),
  );
}

/** NDJSON: one document a line; a line that is none costs only itself, unless no line is one. */
function linesOf(text: string, error: PipelineError): Document[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const documents = lines.map((line, index) => {
    const parsed = tryParse(line);
    if (parsed instanceof PipelineError) return { index, error: parsed, payload: () => Buffer.from(line) };
    return documentOf(parsed.value, index, () => line, parseJson);
  });
  if (documents.some((document) => "parse" in document)) return documents;
  throw error;
}

/** @param again parses the document anew: the first parse is handed out once, since plugins change it */
function documentOf(value: Json, index: number, text: () => string, again: (text: string) => Json): Document {
  const payload = () => Buffer.from(text());
  const error = refusalOf(value);
  if (error) return { index, error, payload };
  let first: Json | undefined = value;
  return {
    index,
    payload,
    parse() {
      const document = first ?? again(text());
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

function itemOf(list: Json, index: number): Json {
  return Array.isArray(list) ? (list[index] ?? null) : null;
}

function refusal(code: QuarantineCode, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, "receive", `decode: ${message}; the payload is quarantined`, { cause });
}
