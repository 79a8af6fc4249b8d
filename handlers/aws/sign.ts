/** AWS Signature Version 4: the header that says who makes a call (AWS General Reference, "Signing AWS API requests"). */

import { createHmac, hash } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials, which is all that a function has. */
  readonly sessionToken?: string | undefined;
}

export interface Unsigned {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  /** By lower-case name; `host`, `x-amz-date` and the token are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/**
 * The headers to send a request with: its own, those that a signature needs, and the signature over all of them.
 *
 * The URL must have no query, and a path that is encoded as it is sent (what S3 signs; a service whose path is `/` does
 * not care). The hash of the body is a header too: S3 asks for it.
 *
 * @param now milliseconds since 1970; AWS refuses a signature that is more than five minutes off
 */
export function sign(
  { method, url, headers, body }: Unsigned,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, service }: { readonly region: string; readonly service: string },
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const bodyHash = hash("sha256", body);
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    "x-amz-content-sha256": bodyHash,
    "x-amz-date": time,
    ...(sessionToken && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(all).sort();
  const lines = names.map((name) => `${name}:${all[name]?.trim()}\n`).join("");
  const signed = names.join(";");
  const canonical = [method, url.pathname, "", lines, signed, bodyHash].join("\n");
  const text = [ALGORITHM, time, scope, hash("sha256", canonical)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  all.authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  return all;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
