import { Agent, type IncomingHttpHeaders, request as send } from "node:http";

/** A request or an answer, whole. */
export interface Message {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Request extends Message {
  readonly method: string;
  readonly path: string;
}

export interface Answer extends Message {
  readonly status: number;
}

/** Belong to one connection, or are set anew. */
const NOT_FORWARDED = ["connection", "keep-alive", "transfer-encoding", "content-length", "expect"];

/** The lake keeps idle connections for longer than this, so none is closed while a request is on its way. */
const agent = new Agent({ keepAlive: true, timeout: 30_000 });

/**
 * Sends a request on and waits for the whole answer.
 *
 * @throws {Error} when there is no answer, which says nothing about whether the request was taken
 */
export function forward(target: string, { method, path, headers, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = send(target + path, { method, agent, headers: { ...passed(headers), "content-length": body.length } });
    call.on("response", (response) => {
      readAll(response).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, headers: passed(response.headers), body: bytes }),
        reject,
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function passed(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.includes(name)));
}
