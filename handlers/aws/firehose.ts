import { call, type Environment, type Service, serviceIn, TIMEOUT_MS } from "./call.ts";

/** The one call that the consumer makes of Firehose; the SDK's `Firehose` is one, too. */
export interface Firehose {
  putRecordBatch(
    input: { readonly DeliveryStreamName: string; readonly Records: { readonly Data: Uint8Array }[] },
    options: { readonly abortSignal: AbortSignal },
  ): Promise<{ readonly RequestResponses?: readonly Entry[] | undefined }>;
}

interface Entry {
  readonly RecordId?: string | undefined;
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** Firehose as the environment of a function reaches it. Nothing is tried again: see handlers/delivery.ts. */
export function createFirehose(env: Environment, timeoutMs = TIMEOUT_MS): Firehose {
  const service = { ...serviceIn(env, "firehose"), timeoutMs };
  return {
    async putRecordBatch({ DeliveryStreamName, Records }, { abortSignal }) {
      abortSignal.throwIfAborted();
      // Base64 and a stream's name have nothing in them to escape, and all of it is ASCII.
      const records = Records.map(({ Data }) => `{"Data":"${base64(Data)}"}`).join();
      const body = Buffer.from(`{"DeliveryStreamName":"${DeliveryStreamName}","Records":[${records}]}`, "latin1");
      return post(service, "Firehose_20150804.PutRecordBatch", body, abortSignal);
    },
  };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString("base64");
}

async function post(
  service: Service,
  target: string,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<{ RequestResponses?: Entry[] }> {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  const unsigned = { method: "POST", url: new URL("/", service.endpoint), headers, body } as const;
  const answer = await call(service, unsigned, signal);
  const parsed = JSON.parse(answer.body) as { RequestResponses?: Entry[]; __type?: string; message?: string };
  if (answer.status < 300) return parsed;
  const type = answer.header("x-amzn-errortype") ?? parsed.__type ?? `Status${answer.status}`;
  throw Object.assign(new Error(parsed.message ?? answer.body.slice(0, 120)), {
    name: type.replace(/^.*#|:.*$/g, ""),
    $fault: answer.status < 500 ? "client" : "server",
  });
}
