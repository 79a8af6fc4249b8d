/** The SQLite file that streams live in: its tables, and statements whose rows have a type. */

import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/**
 * A record's `id` is one counter for the whole file, never reused (AUTOINCREMENT), so within a shard it orders the records,
 * and no checkpoint taken before a trim can ever point past a newer record. SQLite appends it to both indexes by itself:
 * `recordsByShard` gives a shard in order, `recordsByTime` finds a time in a shard and what has expired.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, mode TEXT NOT NULL, created INTEGER NOT NULL,
    retentionHours INTEGER NOT NULL, maxRecordKib INTEGER NOT NULL, keyId TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS shards (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL REFERENCES streams ON DELETE CASCADE,
    ix INTEGER NOT NULL, parent INTEGER, adjacent INTEGER, hashStart TEXT NOT NULL, hashEnd TEXT NOT NULL,
    created INTEGER NOT NULL, closed INTEGER, UNIQUE (stream, ix)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY AUTOINCREMENT, shard INTEGER NOT NULL REFERENCES shards ON DELETE CASCADE,
    arrived INTEGER NOT NULL, encrypted INTEGER NOT NULL, partitionKey TEXT NOT NULL, data BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS recordsByShard ON records (shard);
  CREATE INDEX IF NOT EXISTS recordsByTime ON records (shard, arrived);
  CREATE TABLE IF NOT EXISTS tags (
    stream INTEGER NOT NULL REFERENCES streams ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (stream, key)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens or creates the file. WAL with synchronous=NORMAL: what was committed survives the end of the process, kill -9
 * included; a power cut may cost the last commits, never the file.
 *
 * @param file path, or `:memory:`
 */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  db.exec(SCHEMA);
  return db;
}

/** A prepared statement whose rows are known to have the shape `Row`: the one place where SQLite's answer gets its type. */
export function prepare<Row>(db: DatabaseSync, sql: string) {
  const statement = db.prepare(sql);
  return {
    all: (...values: SQLInputValue[]) => statement.all(...values) as unknown as Row[],
    get: (...values: SQLInputValue[]) => statement.get(...values) as unknown as Row | undefined,
    each: (...values: SQLInputValue[]) => statement.iterate(...values) as unknown as IterableIterator<Row>,
    /** @returns the id of the inserted row, meaningless for other statements */
    run: (...values: SQLInputValue[]) => Number(statement.run(...values).lastInsertRowid),
  };
}

/** Runs `work` inside one transaction: all of it is kept, or, when it throws, none. Must not be nested. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
