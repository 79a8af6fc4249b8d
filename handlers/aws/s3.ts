import { setTimeout as sleep } from "node:timers/promises";
import type { WriteObject } from "../payloads.ts";
import { call, type Environment, serviceIn } from "./call.ts";

/** What encodeURIComponent leaves and S3 signs encoded (Amazon S3 API Reference, "Authenticating requests"). */
const LEFT = /[!'()*]/g;

const TRIES = 3;

/** Longest wait before another try, in milliseconds. */
const PAUSE_MS = 200;

/** Writes objects as the environment of a function allows it; three tries each while S3 is not to be had. */
export function objectWriter(env: Environment): WriteObject {
  const service = serviceIn(env, "s3");
  return async (bucket, key, body) => {
    const request = { method: "PUT", url: new URL(pathOf(bucket, key), service.endpoint), headers: {}, body } as const;
    for (let tries = 1; ; tries++) {
      const refusal = await call(service, request).then(refusalIn, String);
      if (refusal === undefined) return;
      if (tries === TRIES || refusal.startsWith("4"))
        throw new Error(`s3: s3://${bucket}/${key} was not written: ${refusal}`);
      await sleep(Math.random() * PAUSE_MS);
    }
  };
}

function refusalIn({ status, body }: { readonly status: number; readonly body: string }): string | undefined {
  if (status < 300) return undefined;
  return `${status} ${/<Code>([^<]{1,100})/.exec(body)?.[1] ?? "without a code"}`;
}

/** The path of an object as it is sent and signed. */
export function pathOf(bucket: string, key: string): string {
  return `/${[bucket, ...key.split("/")].map(encode).join("/")}`;
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replace(LEFT, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
