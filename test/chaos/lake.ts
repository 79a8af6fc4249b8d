import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Ledger } from "../../infra/local/ledger.ts";

/** What the process is started with. */
export interface LakeSetup {
  readonly dir: string;
  readonly assembly: string;
  readonly functionEndpoint: string;
  readonly bufferSeconds: number;
  /** How far the lake's clock is ahead of the machine's, in milliseconds. */
  readonly skewMs: number;
}

export interface Counts extends Ledger {
  invocations: number;
  retries: number;
  /** Invocations that failed as a whole, by crashing or by their answer. */
  errors: number;
  partialFailures: number;
  discarded: number;
}

export interface Stats {
  /** Since the process started. */
  readonly counts: Counts;
  /** At the moment. */
  readonly iteratorAgeMs: number;
}

/** `settle` is answered by `settled` once all that is on the stream is finished, and in S3. */
export type ToLake = { kind: "clock"; skewMs: number } | { kind: "settle" };
export type FromLake =
  | { kind: "up"; url: string; outputs: Readonly<Record<string, string>> }
  | { kind: "stats"; stats: Stats }
  | { kind: "settled" };

export interface ChaosLake {
  readonly outputs: Readonly<Record<string, string>>;
  readonly pid: number | undefined;
  /** Over all the processes so far, as far as they came to tell. */
  readonly counts: Counts;
  /** Age of the oldest record that is not finished, in milliseconds: when it was told last, and the highest so far. */
  readonly iteratorAgeMs: { readonly latest: number; readonly highest: number };
  /** @returns the lake's URL */
  start(): Promise<string>;
  /** `kill -9`; everything that is not on disk is gone. */
  kill(): Promise<void>;
  setClock(skewMs: number): void;
  /** @throws {Error} when it takes longer than `seconds`, or the process ends meanwhile */
  settle(seconds: number): Promise<void>;
}

const START_SECONDS = 60;

/** The file with what the processes print, and how much of it an error shows. */
const PRINTED = "process.log";
const MOST_PRINTED = 2000;

/** A lake on a folder, which may be killed and started again. */
export function chaosLake(setup: Omit<LakeSetup, "skewMs">): ChaosLake {
  let child: ChildProcess | undefined;
  let skewMs = 0;
  let outputs: Readonly<Record<string, string>> = {};
  const iteratorAgeMs = { latest: 0, highest: 0 };
  const runs: Counts[] = [];

  function onMessage(run: number, message: FromLake): void {
    if (message.kind !== "stats") return;
    runs[run] = message.stats.counts;
    iteratorAgeMs.latest = message.stats.iteratorAgeMs;
    iteratorAgeMs.highest = Math.max(iteratorAgeMs.highest, iteratorAgeMs.latest);
  }

  return {
    iteratorAgeMs,
    get outputs() {
      return outputs;
    },
    get pid() {
      return child?.pid;
    },
    get counts() {
      return sumOf(runs);
    },
    async start() {
      const started = spawn({ ...setup, skewMs });
      child = started;
      const run = runs.push(sumOf([])) - 1;
      started.on("message", (message: FromLake) => onMessage(run, message));
      const up = await told(started, "up", START_SECONDS, setup.dir);
      outputs = up.outputs;
      return up.url;
    },
    async kill() {
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      if (child?.kill("SIGKILL")) await ended;
    },
    setClock(to) {
      skewMs = to;
      if (child?.connected) child.send({ kind: "clock", skewMs } satisfies ToLake);
    },
    async settle(seconds) {
      if (!child) throw new Error("chaos: no lake was started");
      const settled = told(child, "settled", seconds, setup.dir);
      child.send({ kind: "settle" } satisfies ToLake);
      await settled;
    },
  };
}

/** What the process prints goes to a file of its folder. */
function spawn(setup: LakeSetup): ChildProcess {
  const output = openSync(join(setup.dir, PRINTED), "a");
  try {
    const file = new URL("./lake-process.ts", import.meta.url);
    return fork(file, [JSON.stringify(setup)], { execArgv: [], stdio: ["ignore", output, output, "ipc"] });
  } finally {
    closeSync(output);
  }
}

/** Waits for a message of a kind. */
function told<K extends FromLake["kind"]>(child: ChildProcess, kind: K, seconds: number, dir: string) {
  return new Promise<Extract<FromLake, { kind: K }>>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      child.off("message", take).off("exit", onExit);
    };
    const fail = (why: string) => {
      stop();
      const printed = readFileSync(join(dir, PRINTED), "utf8").slice(-MOST_PRINTED);
      reject(new Error(`chaos: the lake ${why} and was not ${kind}; it printed: ${printed}`));
    };
    const take = (message: FromLake) => {
      if (!isOf(message, kind)) return;
      stop();
      resolve(message);
    };
    const onExit = (code: number | null) => fail(`ended (${code})`);
    const timer = setTimeout(() => fail(`took over ${seconds} s`), seconds * 1000);
    child.on("message", take).once("exit", onExit);
  });
}

function isOf<K extends FromLake["kind"]>(message: FromLake, kind: K): message is Extract<FromLake, { kind: K }> {
  return message.kind === kind;
}

function sumOf(runs: readonly Counts[]): Counts {
  const sum: Counts = {
    ...{ received: 0, delivered: 0, dropped: 0, quarantined: 0, toComeAgain: 0 },
    ...{ invocations: 0, retries: 0, errors: 0, partialFailures: 0, discarded: 0 },
  };
  for (const run of runs) {
    for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += run[name];
  }
  return sum;
}
