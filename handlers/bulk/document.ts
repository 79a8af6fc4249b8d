import { isObject, parseJson } from "../../core/json.ts";
import { MAX_PAYLOAD_BYTES } from "../records.ts";

/** Why one item was not taken, as Elasticsearch words it. Reasons are at most 110 characters: see MAX_ANSWER_BYTES. */
export interface ItemError {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Why a document would be refused: it must be one JSON object in UTF-8 that fits a record of the stream.
 *
 * All of these are 400, the too large one also: Logstash gives up an item on 400, but sends one with 413 again for ever
 * (logstash-output-elasticsearch, DOC_DLQ_CODES); Beats give up either.
 */
export function documentError(document: Uint8Array): ItemError | undefined {
  if (document.length > MAX_PAYLOAD_BYTES)
    return badDocument(`${document.length} bytes are over the ${MAX_PAYLOAD_BYTES} that a record of the stream holds`);
  try {
    return isObject(parseJson(UTF8.decode(document))) ? undefined : badDocument("the document is JSON, but no object");
  } catch (error) {
    // A RangeError is the parser's stack: a text nested thousands deep.
    if (error instanceof RangeError) return badDocument("the document is nested too deep to be read");
    return badDocument(error instanceof SyntaxError ? "the document is not JSON" : "the document is not UTF-8");
  }
}

export function badDocument(reason: string): ItemError {
  return { status: 400, type: "document_parsing_exception", reason };
}
