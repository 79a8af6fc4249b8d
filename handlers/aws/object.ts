import { type IncomingMessage, request as requestPlainly } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { OpenObject } from "../places.ts";
import { type Environment, serviceIn } from "./call.ts";
import { pathOf } from "./s3.ts";
import { sign } from "./sign.ts";

/** Time for S3 to begin its answer, and the longest that it may pause in it, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Opens objects as the environment of a function allows it, in the function's own region; nothing is tried again here. */
export function objectOpener(env: Environment): OpenObject {
  return async (bucket, key) => {
    const service = serviceIn(env, "s3");
    const url = new URL(pathOf(bucket, key), service.endpoint);
    const unsigned = { method: "GET", url, headers: {}, body: Buffer.alloc(0) } as const;
    const headers = sign(unsigned, service.credentials, { region: service.region, service: service.name }, Date.now());
    const stream = await answerTo(url, headers);
    if (stream.statusCode === 200) return { stream, bytes: Number(stream.headers["content-length"]) };
    const code = /<Code>([^<]{1,100})/.exec(await text(stream))?.[1] ?? "without a code";
    throw new Error(`S3 answered ${stream.statusCode} ${code}`);
  };
}

function answerTo(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const open = url.protocol === "https:" ? request : requestPlainly; // only the local lake speaks without TLS
  const outgoing = open(url, { method: "GET", headers, timeout: PATIENCE_MS });
  outgoing.once("timeout", () => outgoing.destroy(new Error(`S3 said nothing for ${PATIENCE_MS} ms`)));
  outgoing.once("error", reject);
  outgoing.once("response", resolve);
  outgoing.end();
  return promise;
}
