/** What the console's calls read and answer: JSON, in the shapes of contract.ts. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Failure } from "./contract.ts";

/** What a call is refused with: the contract's `Failure`, and the HTTP status that goes with it. */
export class Refusal extends Error {
  readonly status: number;
  readonly next: string | undefined;

  constructor(status: number, message: string, next?: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.next = next;
  }
}

/** One call of the page: the request, where to answer, and what its path and query name. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the path's variable part, decoded; empty where the path has none. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** Aborts when the page is gone. */
  readonly signal: AbortSignal;
}

/** Answers a call: what it returns is sent as JSON, unless it has written an answer of its own. */
export type Handler = (call: Call) => unknown;

/** By method and path: `GET /api/queries/*`. */
export type Routes = Readonly<Record<string, Handler>>;

/** Bytes of a body that is JSON: a query is at most 262,144 bytes in Athena (Service Quotas), the rest is small. */
const JSON_BYTES = 1024 * 1024;

/**
 * Reads a body whole.
 *
 * @throws {Refusal} 413 when it has more than `most` bytes
 */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const tooLarge = () => new Refusal(413, `The body has over ${most} bytes; nothing was done`, "Send it in parts");
  if (Number(request.headers["content-length"] ?? 0) > most) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > most) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** @throws {Refusal} 400 when the body is no JSON object, 413 when it is over 1 MiB */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await readBody(request, JSON_BYTES);
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {}
  throw new Refusal(400, "The body is no JSON object; nothing was done");
}

/** Sends JSON text: `body` itself when it is text already, so that numbers of events stay as they were written. */
export function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(body);
}

export function failureOf(error: unknown): { status: number; body: Failure } {
  if (error instanceof Refusal) {
    const { status, message, next } = error;
    return { status, body: { error: message, ...(next !== undefined && { next }) } };
  }
  return { status: 500, body: { error: error instanceof Error ? error.message : String(error) } };
}
