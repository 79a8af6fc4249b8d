/**
 * Signed calls to AWS from inside a function, without the SDK. The consumer makes two kinds of calls; the SDK's clients for
 * them are half a megabyte that each cold start reads, compiles and runs (npm run bench:cold).
 */

import { type ClientRequest, request as requestPlainly } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { type Credentials, sign, type Unsigned } from "./sign.ts";

/** Waiting for a connection, and for an answer once it is asked for, in milliseconds. */
export const TIMEOUT_MS = { connect: 2000, answer: 10_000 };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a service is and who calls it. */
export interface Service {
  readonly name: string;
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: Credentials;
  readonly timeoutMs: typeof TIMEOUT_MS;
}

/** An answer of any status. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/**
 * What Lambda's environment says of a service, by the variables that the SDKs read: `AWS_ENDPOINT_URL_<NAME>`,
 * `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT`, `AWS_REGION` and the credentials of the function's role, which hold longer
 * than its environment lives.
 *
 * @throws {Error} naming what is missing
 */
export function serviceIn(env: Environment, name: string): Service {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!region || !accessKeyId || !secretAccessKey)
    throw new Error("aws: AWS_REGION, AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set; Lambda sets all three");
  const host = `${name}${env.AWS_USE_FIPS_ENDPOINT === "true" ? "-fips" : ""}.${region}.${domainOf(region)}`;
  const endpoint = env[`AWS_ENDPOINT_URL_${name.toUpperCase()}`] || env.AWS_ENDPOINT_URL || `https://${host}`;
  const credentials = { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN };
  return { name, endpoint: new URL(endpoint), region, credentials, timeoutMs: TIMEOUT_MS };
}

/** China is a partition of its own (AWS General Reference, "AWS service endpoints"). */
function domainOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/**
 * Makes one call; it is not tried again here.
 *
 * @throws {Error} `TimeoutError` after {@link TIMEOUT_MS}, the signal's reason, or what the connection failed with
 */
export async function call(service: Service, unsigned: Unsigned, signal?: AbortSignal): Promise<Answer> {
  const headers = {
    ...sign(unsigned, service.credentials, { region: service.region, service: service.name }, Date.now()),
    "content-length": String(unsigned.body.length),
  };
  const { url, method } = unsigned;
  // Only the local lake speaks without TLS. Both keep connections for the next call.
  const open = url.protocol === "https:" ? request : requestPlainly;
  const outgoing = open(url, { method, headers, ...(signal && { signal }) });
  const connecting = limit(outgoing, service.timeoutMs.connect, "no connection");
  outgoing.on("socket", (socket) => {
    if (socket.connecting) socket.once("connect", () => clearTimeout(connecting));
    else clearTimeout(connecting);
  });
  const answering = limit(outgoing, service.timeoutMs.answer, "no answer");
  try {
    return await answerOf(outgoing, unsigned.body);
  } finally {
    clearTimeout(connecting);
    clearTimeout(answering);
  }
}

async function answerOf(outgoing: ClientRequest, body: Uint8Array): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  outgoing.once("error", reject);
  outgoing.once("response", (incoming) => {
    const header = (name: string) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    text(incoming).then((read) => resolve({ status: incoming.statusCode ?? 0, header, body: read }), reject);
  });
  outgoing.end(body);
  return promise;
}

function limit(outgoing: ClientRequest, milliseconds: number, what: string): NodeJS.Timeout {
  const late = () =>
    outgoing.destroy(Object.assign(new Error(`${what} in ${milliseconds} ms`), { name: "TimeoutError" }));
  return setTimeout(late, milliseconds);
}
