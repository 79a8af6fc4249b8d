import { DatabaseSync } from "node:sqlite";

/** One object of S3 in the making. Its name is fixed when it opens, so that delivering it twice makes one object. */
export interface StreamBuffer {
  id: number;
  stream: string;
  /** Which partition or error type of the stream. */
  target: string;
  isError: boolean;
  /** The evaluated prefix, for people. */
  prefix: string;
  bucket: string;
  key: string;
  gzip: boolean;
  /** Arrival of its oldest record, epoch milliseconds. */
  opened: number;
  /** Uncompressed. */
  bytes: number;
  records: number;
  /** Takes no more records; waits for delivery. */
  sealed: boolean;
}

export type NewBuffer = Omit<StreamBuffer, "id" | "bytes" | "records" | "sealed">;

/** Bytes to add to a buffer that is open, or that this addition opens. */
export interface Addition {
  buffer: StreamBuffer | NewBuffer;
  data: Uint8Array;
  records: number;
}

const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 67108864;
  CREATE TABLE IF NOT EXISTS buffers (id INTEGER PRIMARY KEY, info TEXT NOT NULL, sealed INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS chunks (id INTEGER PRIMARY KEY, buffer INTEGER NOT NULL, records INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE INDEX IF NOT EXISTS chunks_of_buffer ON chunks (buffer);
`;

export type Buffers = ReturnType<typeof openBuffers>;

/**
 * Buffers on disk, in SQLite rather than in files of our own: one call of PutRecordBatch touches many buffers, and must
 * be kept whole or not at all.
 *
 * What was committed survives the death of the process (WAL, synchronous NORMAL); the newest may be lost with the power.
 *
 * @throws {Error} when another process has the file open
 */
export function openBuffers(file: string) {
  const db = openDatabase(file);
  const addBuffer = db.prepare("INSERT INTO buffers (info) VALUES (?)");
  const addChunk = db.prepare("INSERT INTO chunks (buffer, records, data) VALUES (?, ?, ?)");
  const seal = db.prepare("UPDATE buffers SET sealed = 1 WHERE id = ?");
  const chunkIds = db.prepare("SELECT id FROM chunks WHERE buffer = ? ORDER BY id");
  const chunk = db.prepare("SELECT data FROM chunks WHERE id = ?");
  const removeBuffer = db.prepare("DELETE FROM buffers WHERE id = ?");
  const removeChunks = db.prepare("DELETE FROM chunks WHERE buffer = ?");
  const all = readAll(db);

  function transaction(work: () => void): void {
    db.exec("BEGIN");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }

  function write({ buffer, data, records }: Addition): StreamBuffer {
    const id = "id" in buffer ? buffer.id : Number(addBuffer.run(JSON.stringify(buffer)).lastInsertRowid);
    addChunk.run(id, records, data);
    return { bytes: 0, records: 0, sealed: false, ...buffer, id };
  }

  return {
    all: () => [...all.values()],
    /** Adds all or, when it throws, nothing. @returns the buffers added to, as they stand now */
    add(additions: Addition[]): StreamBuffer[] {
      const written: StreamBuffer[] = [];
      transaction(() => void written.push(...additions.map(write)));
      return written.map((buffer, index) => {
        const now = all.get(buffer.id) ?? buffer;
        now.bytes += additions[index]?.data.length ?? 0;
        now.records += additions[index]?.records ?? 0;
        all.set(now.id, now);
        return now;
      });
    },
    seal(buffer: StreamBuffer): void {
      seal.run(buffer.id);
      buffer.sealed = true;
    },
    /** A buffer's bytes in the order they came, a piece at a time. */
    *read({ id }: StreamBuffer): Generator<Uint8Array> {
      for (const row of chunkIds.all(id)) {
        const data = chunk.get(row.id ?? 0)?.data;
        if (data instanceof Uint8Array) yield data;
      }
    },
    remove({ id }: StreamBuffer): void {
      transaction(() => {
        removeChunks.run(id);
        removeBuffer.run(id);
      });
      all.delete(id);
      if (all.size === 0) db.exec("VACUUM"); // an empty file is small again; SQLite keeps the room otherwise
    },
    close: () => db.close(),
  };
}

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw new Error(`firehose: ${file} cannot be opened; is another lake running on this folder?`, { cause: error });
  }
}

/** The buffers that an earlier process left. */
function readAll(db: DatabaseSync): Map<number, StreamBuffer> {
  const rows = db
    .prepare(
      `SELECT buffers.id, info, sealed, total(length(data)) AS bytes, total(records) AS records
       FROM buffers LEFT JOIN chunks ON chunks.buffer = buffers.id GROUP BY buffers.id`,
    )
    .all();
  return new Map(
    rows.map((row) => {
      const info = JSON.parse(String(row.info)) as NewBuffer; // written above
      const [id, bytes, records] = [Number(row.id), Number(row.bytes), Number(row.records)];
      return [id, { ...info, id, bytes, records, sealed: row.sealed === 1 }];
    }),
  );
}
