import { isObject, type JsonObject } from "../../core/json.ts";
import { RequestError } from "./answer.ts";
import { badDocument, documentError, type ItemError } from "./document.ts";

/** One action of a bulk request: a document to put on the stream, or why there is none. */
export interface Item {
  /** The key that its answer has; `index` for an action that cannot be read. */
  readonly action: string;
  readonly index: string;
  /** The producer's own, if it gave one. */
  readonly id?: string;
  /** The producer's JSON, byte for byte. */
  readonly document: Uint8Array;
  readonly error?: ItemError;
}

/** What an item without an index gets: the lake has one table, so the name is only echoed. */
const DEFAULT_INDEX = "events";

/** Lambda's quota of an answer, 6 MB, in which the JSON text is a JSON string once more: quotes count twice. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024 - 1024;

/** An item's answer beside its names: keys, quotes, and an error of the longest type and reason. */
const ITEM_BYTES = 300;

const ACTIONS = new Set(["index", "create", "update", "delete"]);
const TAKEN = new Set(["index", "create"]);
const NOTHING = new Uint8Array();

/**
 * Reads the NDJSON of a bulk request. Each action is one item, in order, also one that cannot be read: what follows it
 * counts as its document, unless that is an action itself.
 *
 * @param index from the path, for actions that name none
 * @throws {RequestError} 413 for so many items that Lambda could not carry the answer
 */
export function readItems(body: Uint8Array, index: string = DEFAULT_INDEX): Item[] {
  const items: Item[] = [];
  const lines = createLines(body);
  let answerBytes = 0;
  for (let line = lines.next(); line; line = lines.next()) {
    if (isBlank(line)) continue;
    const item = itemOf(readAction(line), index, lines);
    items.push(item);
    answerBytes += ITEM_BYTES + 2 * namesLength(item);
    if (answerBytes > MAX_ANSWER_BYTES)
      throw new RequestError(
        413,
        "content_too_long",
        `more than ${items.length - 1} documents at once; send fewer at a time`,
      );
  }
  return items;
}

interface Action {
  readonly name: string;
  readonly meta: JsonObject;
}

function itemOf(action: Action | undefined, pathIndex: string, lines: Lines): Item {
  if (!action) {
    const following = lines.peek();
    if (following && !readAction(following)) lines.next();
    return {
      action: "index",
      index: pathIndex,
      document: NOTHING,
      error: badAction("the line before it is no action"),
    };
  }
  const { name, meta } = action;
  const document = name === "delete" ? NOTHING : (lines.next() ?? NOTHING);
  const index = typeof meta._index === "string" ? meta._index : pathIndex;
  const id = meta._id === undefined || meta._id === null ? {} : { id: String(meta._id) };
  const error = errorOf(name, index, document);
  return { action: name, index, ...id, document, ...(error && { error }) };
}

function errorOf(action: string, index: string, document: Uint8Array): ItemError | undefined {
  if (!TAKEN.has(action)) return badAction(`the lake only adds: index and create are taken, ${action} is not`);
  if (!isIndexName(index))
    return {
      status: 400,
      type: "invalid_index_name_exception",
      reason: "an index is named in 1 to 255 bytes of lower case",
    };
  if (isBlank(document)) return badDocument("no document follows the action");
  return documentError(document);
}

function badAction(reason: string): ItemError {
  return { status: 400, type: "illegal_argument_exception", reason };
}

/** Elasticsearch's rules (Create index API, path parameters), so that nothing odd is echoed. */
export function isIndexName(name: string): boolean {
  return /^[^-_+\\/*?"<>| ,#:A-Z][^\\/*?"<>| ,#:A-Z]*$/.test(name) && Buffer.byteLength(name) <= 255;
}

/** An action line is an object with one known key, which holds an object. */
function readAction(line: Uint8Array): Action | undefined {
  const action = parseLine(line);
  const [[name, meta] = [], ...others] = isObject(action) ? Object.entries(action) : [];
  return name && others.length === 0 && ACTIONS.has(name) && isObject(meta) ? { name, meta } : undefined;
}

function parseLine(line: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString());
  } catch {
    return undefined;
  }
}

function namesLength({ index, id = "" }: Item): number {
  return Buffer.byteLength(JSON.stringify(index)) + Math.max(Buffer.byteLength(JSON.stringify(id)), 38);
}

type Lines = ReturnType<typeof createLines>;

/** Lines one at a time, as views of the body: a body of nothing but newlines must not become millions of objects. */
function createLines(body: Uint8Array) {
  let from = 0;
  const end = () => {
    const newline = body.indexOf(0x0a, from);
    return newline < 0 ? body.length : newline;
  };
  const peek = (): Uint8Array | undefined => (from < body.length ? body.subarray(from, end()) : undefined);
  return {
    peek,
    next(): Uint8Array | undefined {
      const line = peek();
      if (line) from += line.length + 1;
      return line;
    },
  };
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x0d || byte === 0x20 || byte === 0x09);
}
