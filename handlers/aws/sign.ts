import aws4 from "aws4";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials, which is all that a function has. */
  readonly sessionToken?: string | undefined;
}

export interface Unsigned {
  readonly method: "GET" | "POST" | "PUT";
  /** Without a query; its path is encoded as it is sent. */
  readonly url: URL;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * The headers to send a request with: its own, those that a signature needs, and the signature over all of them (AWS Signature
 * Version 4).
 *
 * @param now milliseconds since 1970; AWS refuses a signature that is more than five minutes off
 */
export function sign(
  { method, url, headers, body }: Unsigned,
  credentials: Credentials,
  { region, service }: { readonly region: string; readonly service: string },
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const given = { host: url.host, "content-type": "application/octet-stream", ...headers, "x-amz-date": time };
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signed = aws4.sign(
    {
      method,
      path: url.pathname,
      service,
      region,
      headers: given,
      body: Buffer.from(body.buffer, body.byteOffset, body.length),
    },
    { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  );
  return Object.fromEntries(
    Object.entries(signed.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
