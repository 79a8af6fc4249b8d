import { DatabaseSync } from "node:sqlite";
import type { Position } from "./stream.ts";

/** How far a mapping is in a shard. */
export interface ShardCheckpoint {
  /** Where reading goes on. */
  readonly position: Position;
  /** The shard is closed and everything in it is done. */
  readonly finished: boolean;
}

export interface Checkpoints {
  /** What was kept of an earlier run, by shard id. */
  load(): Map<string, ShardCheckpoint>;
  /** A shard that is seen for the first time. */
  begin(shardId: string, position: Position): void;
  advance(shardId: string, sequenceNumber: string): void;
  finish(shardId: string): void;
  /** An invocation that ends later than this changes nothing any more. */
  close(): void;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS checkpoints (
  mapping TEXT NOT NULL, shard TEXT NOT NULL,
  start TEXT NOT NULL, sequence TEXT, finished INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (mapping, shard)
) STRICT, WITHOUT ROWID`;

/**
 * Opens the checkpoints of one mapping. They are on disk when a call returns, and survive a kill of the process.
 *
 * @param file SQLite, created when missing; mappings may share it
 */
export function openCheckpoints(file: string, mapping: string): Checkpoints {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000");
  database.exec(SCHEMA);
  const select = database.prepare("SELECT shard, start, sequence, finished FROM checkpoints WHERE mapping = ?");
  const insert = database.prepare("INSERT OR IGNORE INTO checkpoints (mapping, shard, start) VALUES (?, ?, ?)");
  const advance = database.prepare("UPDATE checkpoints SET sequence = ? WHERE mapping = ? AND shard = ?");
  const finish = database.prepare("UPDATE checkpoints SET finished = 1 WHERE mapping = ? AND shard = ?");
  return {
    load: () => new Map(select.all(mapping).map((row) => [String(row.shard), toCheckpoint(row)])),
    begin: (shardId, position) => void insert.run(mapping, shardId, JSON.stringify(position)),
    advance(shardId, sequenceNumber) {
      if (database.isOpen) advance.run(sequenceNumber, mapping, shardId);
    },
    finish(shardId) {
      if (database.isOpen) finish.run(mapping, shardId);
    },
    close() {
      if (database.isOpen) database.close();
    },
  };
}

function toCheckpoint(row: Record<string, unknown>): ShardCheckpoint {
  const position: Position =
    typeof row.sequence === "string"
      ? { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: row.sequence }
      : (JSON.parse(String(row.start)) as Position);
  return { position, finished: row.finished === 1 };
}
