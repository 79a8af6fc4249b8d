/** Streams, shards and records in SQLite, as functions. Times are milliseconds since 1970. */

import type { DatabaseSync } from "node:sqlite";
import { openDatabase, prepare, transaction } from "./database.ts";
import type { HashRange } from "./hash.ts";

export interface StreamRow {
  id: number;
  name: string;
  mode: "PROVISIONED" | "ON_DEMAND";
  created: number;
  retentionHours: number;
  maxRecordKib: number;
  /** The KMS key the stream says it is encrypted with; null for none. Nothing is encrypted on this machine. */
  keyId: string | null;
}

export interface ShardRow extends HashRange {
  id: number;
  stream: number;
  /** Position in the stream: the number in `shardId-…`. */
  ix: number;
  parent: number | null;
  /** The second parent, after a merge. */
  adjacent: number | null;
  created: number;
  /** When a split or merge closed it; null while open. */
  closed: number | null;
}

export interface RecordRow {
  id: number;
  arrived: number;
  /** 1 when the stream said it was encrypted at the time. */
  encrypted: number;
  partitionKey: string;
  data: Uint8Array;
}

export type NewStream = Omit<StreamRow, "id">;
export type NewShard = Pick<ShardRow, "stream" | "hashStart" | "hashEnd" | "created"> & {
  parent?: number;
  adjacent?: number;
};
export type Store = ReturnType<typeof openStore>;

/** Expired records deleted in one go, so that a lake that slept for a week does not stall its first request. */
const TRIM_BATCH = 10_000;

/**
 * Opens the streams of one SQLite file.
 *
 * @param file path of the file, created when missing
 */
export function openStore(file: string) {
  const db = openDatabase(file);
  return {
    ...streamQueries(db),
    ...shardQueries(db),
    ...recordQueries(db),
    ...tagQueries(db),
    transaction: <T>(work: () => T): T => transaction(db, work),
    close: () => db.close(),
  };
}

function streamQueries(db: DatabaseSync) {
  const byName = prepare<StreamRow>(db, "SELECT * FROM streams WHERE name = ?");
  const byId = prepare<StreamRow>(db, "SELECT * FROM streams WHERE id = ?");
  const list = prepare<StreamRow>(db, "SELECT * FROM streams WHERE name > ? ORDER BY name LIMIT ?");
  const countOnDemand = prepare<{ n: number }>(db, "SELECT count(*) AS n FROM streams WHERE mode = 'ON_DEMAND'");
  const insert = prepare<never>(
    db,
    "INSERT INTO streams (name, mode, created, retentionHours, maxRecordKib, keyId) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const update = prepare<never>(
    db,
    "UPDATE streams SET mode = ?, retentionHours = ?, maxRecordKib = ?, keyId = ? WHERE id = ?",
  );
  const remove = prepare<never>(db, "DELETE FROM streams WHERE id = ?");
  return {
    stream: (name: string) => byName.get(name),
    streamById: (id: number) => byId.get(id),
    streamsAfter: (name: string, limit: number) => list.all(name, limit),
    onDemandStreamCount: () => countOnDemand.get()?.n ?? 0,
    addStream: (s: NewStream) => insert.run(s.name, s.mode, s.created, s.retentionHours, s.maxRecordKib, s.keyId),
    updateStream: (s: StreamRow) => update.run(s.mode, s.retentionHours, s.maxRecordKib, s.keyId, s.id),
    removeStream: (id: number) => remove.run(id),
  };
}

function shardQueries(db: DatabaseSync) {
  const list = prepare<ShardRow>(db, "SELECT * FROM shards WHERE stream = ? ORDER BY ix");
  const open = prepare<ShardRow>(db, "SELECT * FROM shards WHERE stream = ? AND closed IS NULL ORDER BY hashStart");
  const byIx = prepare<ShardRow>(db, "SELECT * FROM shards WHERE stream = ? AND ix = ?");
  const children = prepare<ShardRow>(
    db,
    "SELECT * FROM shards WHERE stream = ? AND (parent = ? OR adjacent = ?) ORDER BY ix",
  );
  // The newest shard is always open or has a newer child, so the highest index is never trimmed away and reused.
  const insert = prepare<never>(
    db,
    `INSERT INTO shards (stream, ix, parent, adjacent, hashStart, hashEnd, created)
     SELECT ?1, coalesce(max(ix) + 1, 0), ?2, ?3, ?4, ?5, ?6 FROM shards WHERE stream = ?1`,
  );
  const close = prepare<never>(db, "UPDATE shards SET closed = ? WHERE id = ?");
  const countOpen = prepare<{ n: number }>(db, "SELECT count(*) AS n FROM shards WHERE closed IS NULL");
  return {
    shards: (stream: number) => list.all(stream),
    /** Open shards in the order of their hash keys, which they cover without a gap. */
    openShards: (stream: number) => open.all(stream),
    shard: (stream: number, ix: number) => byIx.get(stream, ix),
    childShards: (stream: number, ix: number) => children.all(stream, ix, ix),
    addShard: (s: NewShard) =>
      insert.run(s.stream, s.parent ?? null, s.adjacent ?? null, s.hashStart, s.hashEnd, s.created),
    closeShard: (id: number, at: number) => close.run(at, id),
    openShardCount: () => countOpen.get()?.n ?? 0,
  };
}

function recordQueries(db: DatabaseSync) {
  const insert = prepare<never>(
    db,
    "INSERT INTO records (shard, arrived, encrypted, partitionKey, data) VALUES (?, ?, ?, ?, ?)",
  );
  const read = prepare<RecordRow>(
    db,
    "SELECT id, arrived, encrypted, partitionKey, data FROM records WHERE shard = ? AND id >= ? ORDER BY id LIMIT ?",
  );
  const last = prepare<{ id: number | null }>(db, "SELECT max(id) AS id FROM records WHERE shard = ?");
  const since = prepare<{ id: number }>(
    db,
    "SELECT id FROM records WHERE shard = ? AND arrived >= ? ORDER BY arrived, id LIMIT 1",
  );
  const trimRecords = prepare<never>(
    db,
    `DELETE FROM records WHERE id IN (SELECT r.id FROM shards AS s JOIN records AS r ON r.shard = s.id
     WHERE s.stream = ? AND r.arrived < ? LIMIT ${TRIM_BATCH})`,
  );
  const trimShards = prepare<never>(db, "DELETE FROM shards WHERE stream = ? AND closed < ?");
  const newest = prepare<{ arrived: number }>(db, "SELECT arrived FROM records ORDER BY id DESC LIMIT 1");
  let newestArrival = newest.get()?.arrived ?? 0;
  return {
    /** @returns the record's id */
    addRecord: (shard: number, r: Omit<RecordRow, "id">) =>
      insert.run(shard, r.arrived, r.encrypted, r.partitionKey, r.data),
    /** Up to `limit` records of a shard from an id on, in order, read as they are asked for. */
    recordsFrom: (shard: number, id: number, limit: number) => read.each(shard, id, limit),
    lastRecordId: (shard: number) => last.get(shard)?.id ?? 0,
    /** The first record that arrived at this time or later. */
    recordIdSince: (shard: number, time: number) => since.get(shard, time)?.id,
    /** `now`, or the newest record's arrival when the clock was set back: ids and arrival times must rise together. */
    arrivalTime: (now: number) => {
      newestArrival = Math.max(now, newestArrival);
      return newestArrival;
    },
    /** Forgets what arrived before `horizon`, and shards closed before it with all they hold. */
    trim: (stream: number, horizon: number) => {
      trimRecords.run(stream, horizon);
      trimShards.run(stream, horizon);
    },
  };
}

function tagQueries(db: DatabaseSync) {
  const list = prepare<{ key: string; value: string }>(
    db,
    "SELECT key, value FROM tags WHERE stream = ? AND key > ? ORDER BY key LIMIT ?",
  );
  const set = prepare<never>(db, "INSERT OR REPLACE INTO tags (stream, key, value) VALUES (?, ?, ?)");
  const remove = prepare<never>(db, "DELETE FROM tags WHERE stream = ? AND key = ?");
  return {
    tagsAfter: (stream: number, key: string, limit: number) => list.all(stream, key, limit),
    setTag: (stream: number, key: string, value: string) => set.run(stream, key, value),
    removeTag: (stream: number, key: string) => remove.run(stream, key),
  };
}
