/** The lake of a chaos run, in a process of its own that can be killed. The suite talks to it by messages. */

import { type Lake, startLake } from "../../infra/local/lake.ts";
import type { FromLake, LakeSetup, ToLake } from "./lake.ts";

/** Statistics are told this often, in milliseconds: what is done since is not known of a lake that is killed. */
const STATS_MS = 100;

const setup: LakeSetup = JSON.parse(process.argv[2] ?? "{}");
let { skewMs } = setup;

const lake = await startLake({ ...setup, port: 0, bulkPort: 0, now: () => Date.now() + skewMs });

process.on("message", (message: ToLake) => void take(message));
process.on("disconnect", () => process.exit());
tell({ kind: "up", url: lake.url, outputs: lake.outputs });
setInterval(() => tell({ kind: "stats", stats: statsOf(lake) }), STATS_MS);

async function take(message: ToLake): Promise<void> {
  if (message.kind === "clock") {
    skewMs = message.skewMs;
    return;
  }
  await Promise.all(lake.mappings.map((mapping) => mapping.idle()));
  await lake.flush();
  tell({ kind: "stats", stats: statsOf(lake) });
  tell({ kind: "settled" });
}

function statsOf({ ledger, mappings }: Lake) {
  const [mapping] = mappings.map((one) => one.stats());
  const { invocations = 0, retries = 0, errors = 0, partialFailures = 0, discarded = 0, shards = [] } = mapping ?? {};
  return {
    counts: { ...ledger, invocations, retries, errors, partialFailures, discarded },
    iteratorAgeMs: Math.max(0, ...shards.map((shard) => shard.iteratorAgeMs)),
  };
}

function tell(message: FromLake): void {
  process.send?.(message);
}
