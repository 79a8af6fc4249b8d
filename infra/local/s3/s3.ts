import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { ensureBucket } from "./buckets.ts";
import { type ObjectInfo, openCatalog } from "./catalog.ts";
import type { Headers } from "./checksums.ts";
import type { ObjectCreated, S3Context } from "./context.ts";
import { errorXml, S3Error } from "./error.ts";
import { fileOf, META_FOLDER } from "./folder.ts";
import { storeObject } from "./objects.ts";
import { reconcile } from "./reconcile.ts";
import { findOperation, readRequest } from "./route.ts";

export type { ObjectCreated } from "./context.ts";

type Listener = (event: ObjectCreated) => void | Promise<void>;

export interface S3 {
  /** Serves one HTTP request of the S3 protocol. Signatures are not checked: bind it to loopback only. */
  handler(request: IncomingMessage, response: ServerResponse): void;
  /** Creates a bucket unless it exists. */
  ensureBucket(name: string): void;
  /** PutObject from this process. @param headers lower-case, e.g. `content-type`, `x-amz-meta-...` */
  put(bucket: string, key: string, body: Uint8Array | AsyncIterable<Buffer>, headers?: Headers): Promise<void>;
  /**
   * Tells of every object stored, over the wire or by `put`, before its writer gets the answer. A listener that
   * rejects makes the answer an error, so that the writer comes again: what it stores is told at least once.
   */
  onObjectCreated(listener: Listener): void;
  /** The file that holds an object's bytes, or would hold them. */
  pathOf(bucket: string, key: string): string;
  close(): Promise<void>;
}

/**
 * Opens an S3 on a folder of plain files: the object `k` of bucket `b` is the file `<root>/b/k`, byte for byte.
 *
 * Metadata is in `<root>/.meta/`, as are objects whose key is no file name. Files that are put into a bucket's folder
 * while the store is closed are objects when it opens. Only one process may have the root open.
 */
export async function openS3(root: string): Promise<S3> {
  const meta = join(root, META_FOLDER);
  mkdirSync(meta, { recursive: true });
  const catalog = openCatalog(join(meta, "objects.sqlite"));
  rmSync(join(meta, "tmp"), { recursive: true, force: true });
  mkdirSync(join(meta, "tmp"));
  const listeners: Listener[] = [];
  const context: S3Context = { root, catalog, created: (info, name) => tell(listeners, info, name) };
  await reconcile(context);
  return {
    handler: (request, response) => void serve(context, request, response),
    ensureBucket: (name) => ensureBucket(context, name),
    async put(bucket, key, body, headers = {}) {
      await storeObject(context, bucket, key, body instanceof Uint8Array ? pieces(body) : body, headers);
    },
    onObjectCreated: (listener) => void listeners.push(listener),
    pathOf: (bucket, key) => join(root, catalog.object(bucket, key)?.file ?? fileOf(bucket, key)),
    close: async () => catalog.close(),
  };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Buffer> {
  yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

let lastSequence = 0;

async function tell(listeners: Listener[], info: ObjectInfo, eventName: ObjectCreated["eventName"]): Promise<void> {
  lastSequence = Math.max(lastSequence + 1, Date.now() * 1000);
  const { bucket, key, size, modified: time } = info;
  const sequencer = lastSequence.toString(16).toUpperCase().padStart(18, "0");
  const event = { eventName, bucket, key, size, etag: info.etag.replaceAll('"', ""), time, sequencer };
  for (const listener of listeners) await listener(event);
}

async function serve(context: S3Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID().replaceAll("-", "").slice(0, 16).toUpperCase();
  response.setHeader("x-amz-request-id", requestId);
  try {
    const parsed = readRequest(request, response);
    await findOperation(request.method ?? "GET", parsed)(context, parsed);
  } catch (error) {
    fail(request, response, error, requestId);
  }
  request.resume(); // what was not read of the body must not block the connection
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown, requestId: string): void {
  if (response.headersSent || request.socket.destroyed) return void response.destroy();
  const known = error instanceof S3Error ? error : new S3Error("InternalError", String(error), 500);
  const body = request.method === "HEAD" ? "" : errorXml(known, request.url ?? "/", requestId);
  response.writeHead(known.status, { "content-type": "application/xml", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
