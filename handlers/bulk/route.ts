import { RequestError } from "./answer.ts";
import { documentError } from "./document.ts";
import { type Item, isIndexName, readItems } from "./items.ts";
import type { BulkRequest } from "./request.ts";

/** What a request brings: items, and whether it is a bulk request or one document alone. */
export interface Delivery {
  readonly kind: "bulk" | "document";
  readonly items: readonly Item[];
}

/**
 * Reads a request that brings documents: `/_bulk`, `/{index}/_bulk`, `/{index}/{type}/_bulk`, `/{index}/_doc[/{id}]` or
 * `/{index}/_create/{id}`, by POST or PUT.
 *
 * @returns undefined for any other request
 * @throws {RequestError} for a body that cannot be read at all
 */
export function readDelivery(request: BulkRequest): Delivery | undefined {
  const { method, path } = request;
  if (method !== "POST" && method !== "PUT") return undefined;
  const [index, kind, id] = path;
  if (path.at(-1) === "_bulk" && path.length <= 3) return bulk(request, path.length > 1 ? index : undefined);
  if (index && (kind === "_doc" || kind === "_create") && path.length <= 3) return single(request, index, id);
  return undefined;
}

function bulk(request: BulkRequest, index: string | undefined): Delivery {
  const items = readItems(request.body(), index);
  if (items.length > 0) return { kind: "bulk", items };
  throw new RequestError(400, "parse_exception", "request body is required");
}

function single(request: BulkRequest, index: string, id: string | undefined): Delivery {
  if (!isIndexName(index))
    throw new RequestError(400, "invalid_index_name_exception", "an index is named in 1 to 255 bytes of lower case");
  const document = request.body();
  const error = documentError(document);
  const item = { action: "index", index, document, ...(id !== undefined && { id }), ...(error && { error }) };
  return { kind: "document", items: [item] };
}
