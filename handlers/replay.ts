import { Firehose } from "@aws-sdk/client-firehose";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import middy from "@middy/core";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Context } from "aws-lambda";
import { plugins } from "../plugins/registry.ts";
import { loading } from "./aws/loading.ts";
import { objectWriter } from "./aws/s3.ts";
import { config } from "./config.ts";
import { storePayload } from "./payloads.ts";
import { systemClock } from "./replay/clock.ts";
import { batchOf, createLakeSink } from "./replay/lake.ts";
import { DEFAULT_RATE, lagMs, newState, type ReplayState, replay } from "./replay/replay.ts";
import { type ReplayRequest, readPeriod } from "./replay/request.ts";
import { prepared } from "./resources.ts";

/** Kept free at the end of an invocation, in milliseconds: to stop beginning pages, and to answer. */
const RESERVE_MS = { forPage: 90_000, forAnswer: 10_000 };

/** What is to be replayed; the answer of one invocation is the input of the next. */
interface ReplayInput {
  /** Times of arrival, e.g. `2026-09-15T12:00:00Z`; what arrived at `to` is not part of it. */
  readonly from: string;
  readonly to: string;
  readonly shard?: string;
  readonly source?: string;
  /** Records a second. */
  readonly rate?: number;
  /** Where to go on; not there the first time. */
  readonly state?: ReplayState;
}

const { STREAM_NAME: stream = "" } = process.env;
const settings = config(process.env);
const writeObject = objectWriter(process.env);
const batchReady = prepared(settings.places, loading(process.env), (resources) =>
  batchOf({ ...plugins, resources }, settings, (entry) => storePayload(writeObject, settings.lakeBucket, entry)),
);
const requestHandler = new NodeHttpHandler({
  connectionTimeout: 2000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
});
const kinesis = new KinesisClient({ requestHandler });
/** Deliveries are tried again in handlers/delivery.ts: only the failed entries. */
const firehose = new Firehose({ maxAttempts: 1, requestHandler });

/**
 * Replays until shortly before its time is up, and answers with the input to go on with. `done` says that nothing is left;
 * until then the state machine (infra/replay.ts) invokes it again.
 *
 * @throws when the input is none, or the whole invocation settled nothing; what was settled before is in the input
 */
export const handler = middy<ReplayInput, ReplayInput & { done: boolean }>().handler(async (input, context) => {
  const state = structuredClone(input.state ?? newState());
  const before = settledOf(state);
  let done = false;
  try {
    done = await goOn({ ...input, state }, context);
  } catch (error) {
    if (settledOf(state) === before) throw error;
    console.error("replay: stopped, and tried again by the next invocation:", error);
  }
  if (!done && settledOf(state) === before) throw new Error("replay: nothing was settled in all this time");
  return { ...input, state, done };
});

async function goOn(input: ReplayInput & { state: ReplayState }, context: Context): Promise<boolean> {
  const { state, rate: recordsPerSecond = DEFAULT_RATE } = input;
  const request = requestOf(input);
  const remaining = context.getRemainingTimeInMillis();
  const signal = AbortSignal.timeout(Math.max(0, remaining - RESERVE_MS.forPage));
  const answerBy = Date.now() + remaining - RESERVE_MS.forAnswer;
  const clock = systemClock(signal);
  const sink = await createLakeSink({
    firehose,
    settings,
    batch: await batchReady(),
    source: request.source,
    clock,
    openHours: state.openHours,
    giveUpAt: () => answerBy,
    onWait: () => {},
  });
  const done = await replay({ kinesis, request, sink, state, recordsPerSecond, signal, clock, onSettled() {} });
  console.log(JSON.stringify({ message: "replay", ...request, done, lagMs: lagMs(state, request), ...state.counts }));
  return done;
}

/** Changes whenever something more is settled. */
function settledOf({ shards }: ReplayState): string {
  return JSON.stringify(Object.entries(shards).filter(([, shard]) => Object.keys(shard).length > 0));
}

function requestOf({ from, to, shard, source }: ReplayInput): ReplayRequest {
  const period = readPeriod(from, to, Date.now());
  return { stream, ...period, ...(shard !== undefined && { shard }), ...(source !== undefined && { source }) };
}
