import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { Candidate } from "../../../handlers/redrive/candidate.ts";
import { openManifest, redrivenSince } from "../../../handlers/redrive/manifest.ts";
import { redrive } from "../../../handlers/redrive/run.ts";
import { searchFor } from "../../../handlers/redrive/search.ts";
import { messageOf } from "../../../handlers/s3-drop/notification.ts";
import { type Handler, Refusal, readJson } from "./answer.ts";
import type { Clients } from "./clients.ts";
import type { Redriven } from "./contract.ts";
import { rangeOfHour } from "./hours.ts";
import { checkedId, DAYS, daysBack } from "./quarantine.ts";

type Outputs = Readonly<Record<string, string>>;

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly code?: string;
  readonly id?: string;
  readonly dryRun: boolean;
}

/** Puts quarantined payloads back on the stream as `lake redrive` does, each once; a dry run counts them. */
export function redriveHandler(clients: Clients, outputs: Outputs): Handler {
  return async ({ request, signal }): Promise<Redriven> => {
    const wanted = wantedIn(await readJson(request));
    const { s3, kinesis, sqs } = clients;
    const { StreamName: stream = "", LakeBucket: bucket = "", DropQueueUrl: QueueUrl } = outputs;
    const search = await searchFor({ s3, kinesis, bucket }, wanted, "quarantine");
    const { counts, problems } = await redrive(
      only(
        search.candidates(() => {}),
        wanted.id,
      ),
      {
        kinesis,
        stream,
        done: await redrivenSince(s3, bucket, wanted.from),
        manifest: openManifest(s3, bucket, stream, Date.now),
        requeue: async (drop) =>
          void (await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: messageOf(drop) }))),
        dryRun: wanted.dryRun,
        signal,
      },
    );
    const { found, put, skipped: alreadyPut, failed } = counts;
    if (found > 0 && failed === found) throw new Refusal(502, `Nothing could be put: ${problems[0]}`);
    return { found, put, failed, alreadyPut };
  };
}

async function* only(candidates: AsyncIterable<Candidate>, id: string | undefined): AsyncGenerator<Candidate> {
  for await (const candidate of candidates) if (id === undefined || candidate.id === id) yield candidate;
}

/** @throws {Refusal} 400 for what names no hour, code or id */
function wantedIn({ code, hour, id, dryRun }: Readonly<Record<string, unknown>>): Wanted {
  if (typeof dryRun !== "boolean") throw new Refusal(400, "dryRun is true or false; nothing was put");
  const range = typeof hour === "string" ? rangeOfHour(hour) : daysBack(id === undefined ? DAYS.listed : DAYS.looked);
  return { ...range, dryRun, ...codeIn(code), ...(typeof id === "string" && { id: checkedId(id) }) };
}

function codeIn(code: unknown): { code?: string } {
  if (code === undefined) return {};
  if (typeof code === "string" && /^[a-z0-9_]{1,64}$/.test(code)) return { code };
  throw new Refusal(400, "That is no reason code; nothing was put");
}
