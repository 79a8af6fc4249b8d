import type { JsonObject } from "../../infra/local/service.ts";
import type { Random } from "../bench/random.ts";
import type { Answer, Request } from "./forward.ts";

/** What a service says when it does not want a request. */
interface Refusal {
  readonly code: string;
  readonly status: number;
}

/** Kinesis answers 400 for throttling, the others 503 (their API references, "Common Errors"). */
const THROTTLED: Readonly<Record<string, Refusal>> = {
  Firehose: { code: "ServiceUnavailableException", status: 503 },
  Kinesis: { code: "ProvisionedThroughputExceededException", status: 400 },
  S3: { code: "SlowDown", status: 503 },
};

const BROKEN: Readonly<Record<string, Refusal>> = {
  Firehose: { code: "InternalFailure", status: 500 },
  Kinesis: { code: "InternalFailure", status: 500 },
  S3: { code: "InternalError", status: 500 },
};

/** What single entries are refused with, in answers that are a success as a whole. */
const ENTRY_ERRORS: Readonly<Record<string, readonly string[]>> = {
  Firehose: ["ServiceUnavailableException", "InternalFailure"],
  Kinesis: ["ProvisionedThroughputExceededException", "InternalFailure"],
};

/** The service's own way to refuse a whole request. */
export function refusal(service: string, kind: "throttled" | "500"): Answer {
  const found = (kind === "throttled" ? THROTTLED : BROKEN)[service];
  if (!found) throw new Error(`chaos: nothing is known of how ${service} refuses`);
  const { code, status } = found;
  const message = "The chaos suite refuses this request";
  if (service !== "S3") return json(status, { __type: code, message }, { "x-amzn-errortype": code });
  const body = Buffer.from(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  return { status, headers: { "content-type": "application/xml" }, body };
}

/** A call of many entries, split into those that are refused and those that are sent on. */
export interface Partial {
  /** The call with the other entries; undefined when all are refused. */
  readonly rest: Request | undefined;
  /** The whole answer, from the one that the others got. */
  merge(answer: Answer | undefined): Answer;
}

/** Refuses a choice of the entries of PutRecordBatch or PutRecords: at least one. */
export function refusePart(service: string, request: Request, random: Random): Partial {
  const call: { Records: unknown[] } = JSON.parse(request.body.toString());
  const share = random.pick([0.1, 0.5, 0.9]);
  const certain = random.int(0, call.Records.length - 1);
  const refused = call.Records.map((_, place) => place === certain || random.chance(share));
  const taken = call.Records.filter((_, place) => !refused[place]);
  const errors = refused.map(() => random.pick(ENTRY_ERRORS[service] ?? []));
  return {
    rest: taken.length === 0 ? undefined : { ...request, body: bytesOf({ ...call, Records: taken }) },
    merge(answer) {
      const results = resultsIn(answer);
      const entries = refused.map((isRefused, place) =>
        isRefused ? { ErrorCode: errors[place] ?? "", ErrorMessage: "Chaos" } : (results.shift() ?? {}),
      );
      const count = refused.filter(Boolean).length;
      if (service === "Kinesis") return json(200, { FailedRecordCount: count, Records: entries });
      return json(200, { FailedPutCount: count, Encrypted: false, RequestResponses: entries });
    },
  };
}

function resultsIn(answer: Answer | undefined): JsonObject[] {
  if (!answer) return [];
  const { RequestResponses, Records }: Record<string, JsonObject[]> = JSON.parse(answer.body.toString());
  return RequestResponses ?? Records ?? [];
}

function json(status: number, value: JsonObject, headers = {}): Answer {
  return { status, headers: { "content-type": "application/x-amz-json-1.1", ...headers }, body: bytesOf(value) };
}

function bytesOf(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
