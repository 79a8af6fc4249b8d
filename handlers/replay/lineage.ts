import {
  type KinesisClient,
  ListShardsCommand,
  type ListShardsInput,
  type ListShardsOutput,
} from "@aws-sdk/client-kinesis";

export interface Shard {
  readonly id: string;
  /** The shards it was split or merged from; the stream may have forgotten them. */
  readonly parents: readonly string[];
}

/**
 * Lists the shards that may hold records since a time: those that are open, and those that were closed after it.
 *
 * A shard made later holds only records that arrived later, so one listing is enough for a replay of the past.
 */
export async function listShards(kinesis: KinesisClient, stream: string, sinceMs: number): Promise<Shard[]> {
  const shards: Shard[] = [];
  const ShardFilter = { Type: "FROM_TIMESTAMP", Timestamp: new Date(sinceMs) } as const;
  for (let input: ListShardsInput | undefined = { StreamName: stream, ShardFilter }; input; ) {
    const { Shards = [], NextToken }: ListShardsOutput = await kinesis.send(new ListShardsCommand(input));
    for (const { ShardId: id = "", ParentShardId, AdjacentParentShardId } of Shards) {
      shards.push({ id, parents: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined) });
    }
    input = NextToken === undefined ? undefined : { NextToken };
  }
  return shards;
}

/**
 * Runs every shard, several at a time, each after its parents are finished: the records of one partition key keep their
 * order. A shard whose parent was left unfinished is not begun.
 *
 * @param run says whether it finished the shard
 * @returns whether all are finished
 * @throws the first error, after every shard that was begun has ended
 */
export async function runInLineage(
  shards: readonly Shard[],
  atOnce: number,
  run: (shard: string) => Promise<boolean>,
): Promise<boolean> {
  const byId = new Map(shards.map((shard) => [shard.id, shard]));
  const runs = new Map<string, Promise<boolean>>();
  const enter = createSlots(atOnce);

  function begin(shard: Shard): Promise<boolean> {
    const begun = runs.get(shard.id) ?? runAfter(shard);
    runs.set(shard.id, begun);
    return begun;
  }
  async function runAfter({ id, parents }: Shard): Promise<boolean> {
    const before = await Promise.allSettled(parents.flatMap((parent) => byId.get(parent) ?? []).map(begin));
    const isReady = before.every((parent) => parent.status === "fulfilled" && parent.value);
    return isReady && enter(() => run(id));
  }

  const ends = await Promise.allSettled(shards.map(begin));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
  return ends.every((end) => end.status === "fulfilled" && end.value);
}

/** Lets so many in at once; the others wait their turn. */
function createSlots(atOnce: number) {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
