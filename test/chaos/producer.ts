import { KinesisClient, type PutRecordsResultEntry } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type PutEntry, putUntil } from "../../handlers/records.ts";
import type { Random } from "../bench/random.ts";
import { type Corpus, keyOf, type Payload, payloadOf } from "./payloads.ts";
import { randomFor } from "./seed.ts";

/** Any credentials do: the lake does not check them. */
export const CLIENT = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };

/** A producer that loses patience soon, so that an answer that never comes costs little. In milliseconds. */
const TIMEOUTS = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true };
const PUT_MS = 10_000;

/** Calls of many sizes: at most so many records, and bytes. */
const CALL = { records: 250, bytes: 3 * 1024 * 1024 };

/** Times the same entries are put before the producer gives up; the lake is down for seconds at a time. */
const MOST_ROUNDS = 30;

/** Of 1,000 payloads, those that the producer puts again later, as one does that was restarted. */
const AGAIN = 10;

/** What the producer knows of what it did. */
export interface Produced {
  payloads: number;
  documents: number;
  /** Records that the stream said it has, by shard and sequence number: the payload's number. */
  readonly acknowledged: Map<string, number>;
}

export interface ProducerOptions extends Corpus {
  readonly endpoint: string;
  readonly stream: () => string;
  /** Called before each call with what was put until then; the producer waits for it, and ends when it says so. */
  readonly before: (produced: Produced) => Promise<"go on" | "end">;
  /** Told of each payload that is put again though the stream has it. */
  readonly onAgain: (number: number, payloads: number) => void;
}

/** Puts payload after payload through the product's own producer (handlers/records.ts), whatever happens to its calls. */
export async function produce(options: ProducerOptions): Promise<Produced> {
  const produced: Produced = { payloads: 0, documents: 0, acknowledged: new Map() };
  const random = randomFor(options.seed, "producer");
  const kinesis = new KinesisClient({
    ...CLIENT,
    endpoint: options.endpoint,
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(TIMEOUTS),
  });
  while ((await options.before(produced)) === "go on") {
    const call = nextCall(options, produced, random);
    const entries = call.map(({ number, data }) => ({ Data: data, PartitionKey: keyOf(number) }));
    await putAll(kinesis, options.stream(), entries, (place, { ShardId, SequenceNumber }) =>
      produced.acknowledged.set(`${ShardId}:${SequenceNumber}`, call[place]?.number ?? -1),
    );
  }
  kinesis.destroy();
  return produced;
}

/** The next payloads, and some of those before. */
function nextCall(options: ProducerOptions, produced: Produced, random: Random): Payload[] {
  const call: Payload[] = [];
  const most = random.int(1, CALL.records);
  for (let bytes = 0; call.length < most && bytes < CALL.bytes; ) {
    const isAgain = produced.payloads > 0 && random.int(0, 999) < AGAIN;
    const number = isAgain ? random.int(0, produced.payloads - 1) : produced.payloads++;
    const payload = payloadOf(options, number);
    if (isAgain) options.onAgain(number, produced.payloads);
    else produced.documents += payload.documents.length;
    call.push(payload);
    bytes += payload.data.length;
  }
  return call;
}

async function putAll(
  kinesis: KinesisClient,
  stream: string,
  entries: readonly PutEntry[],
  onTaken: (place: number, result: PutRecordsResultEntry) => void,
): Promise<void> {
  let places = [...entries.keys()];
  let error: string | undefined;
  for (let round = 0; places.length > 0; round++) {
    if (round === MOST_ROUNDS) throw new Error(`chaos: ${places.length} records could not be put: ${error}`);
    const pending = places.flatMap((place) => entries[place] ?? []);
    const results = await putUntil(kinesis, stream, pending, Date.now() + PUT_MS);
    places = places.filter((place, i) => {
      const result = results[i];
      error = result?.ErrorMessage ?? result?.ErrorCode ?? error;
      if (result?.SequenceNumber === undefined) return true;
      onTaken(place, result);
      return false;
    });
  }
}
