/** Queues and messages in SQLite, as functions. Times are milliseconds since 1970. */

import { DatabaseSync } from "node:sqlite";
import { prepare, transaction } from "../kinesis/database.ts";

/** A queue's attributes as `SetQueueAttributes` takes them: every value is text. */
export type Attributes = Readonly<Record<string, string>>;

export interface Queue {
  readonly id: number;
  readonly name: string;
  readonly attributes: Attributes;
  readonly created: number;
  readonly modified: number;
}

export interface MessageRow {
  readonly id: number;
  readonly messageId: string;
  readonly body: string;
  /** Message attributes as JSON text. */
  readonly attributes: string;
  readonly sent: number;
  /** When it can be received: in the future while it is delayed or in flight. */
  readonly visible: number;
  readonly receives: number;
  readonly firstReceived: number | null;
  /** Receipt handle of the last receive; older ones are void. */
  readonly handle: string | null;
  /** ARN of the queue that it was moved here from, as a dead letter. */
  readonly source: string | null;
}

export interface Depth {
  readonly visible: number;
  readonly inFlight: number;
  /** Sent with a delay that is not over. */
  readonly delayed: number;
}

export type NewMessage = Pick<MessageRow, "messageId" | "body" | "attributes" | "sent" | "visible">;
export type Store = ReturnType<typeof openStore>;

/** SQLite appends the id to both indexes: `byVisible` gives what is due in order, `bySent` what has expired. */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, attributes TEXT NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue INTEGER NOT NULL REFERENCES queues ON DELETE CASCADE,
    messageId TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL, sent INTEGER NOT NULL,
    visible INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0, firstReceived INTEGER, handle TEXT, source TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS byVisible ON messages (queue, visible);
  CREATE INDEX IF NOT EXISTS bySent ON messages (queue, sent);
  CREATE INDEX IF NOT EXISTS byHandle ON messages (handle) WHERE handle IS NOT NULL;
`;

/**
 * Opens the queues of one SQLite file, created when missing. What was committed survives the end of the process, kill -9
 * included (WAL, synchronous NORMAL); a power cut may cost the last commits.
 */
export function openStore(file: string) {
  const db = new DatabaseSync(file);
  db.exec(SCHEMA);
  return {
    ...queueQueries(db),
    ...messageQueries(db),
    ...moveQueries(db),
    transaction: <T>(work: () => T): T => transaction(db, work),
    close: () => db.close(),
  };
}

function queueQueries(db: DatabaseSync) {
  type Row = Omit<Queue, "attributes"> & { readonly attributes: string };
  const byName = prepare<Row>(db, "SELECT * FROM queues WHERE name = ?");
  const list = prepare<Row>(db, "SELECT * FROM queues WHERE name > ? ORDER BY name");
  const insert = prepare<never>(db, "INSERT INTO queues (name, attributes, created, modified) VALUES (?, ?, ?, ?)");
  const update = prepare<never>(db, "UPDATE queues SET attributes = ?, modified = ? WHERE id = ?");
  const remove = prepare<never>(db, "DELETE FROM queues WHERE id = ?");
  const parse = (row: Row): Queue => ({ ...row, attributes: JSON.parse(row.attributes) as Attributes });
  return {
    queue(name: string): Queue | undefined {
      const row = byName.get(name);
      return row && parse(row);
    },
    queuesAfter: (name: string) => list.all(name).map(parse),
    addQueue: (name: string, attributes: Attributes, now: number) =>
      void insert.run(name, JSON.stringify(attributes), now, now),
    setAttributes: (id: number, attributes: Attributes, now: number) =>
      void update.run(JSON.stringify(attributes), now, id),
    removeQueue: (id: number) => void remove.run(id),
  };
}

function messageQueries(db: DatabaseSync) {
  const insert = prepare<never>(
    db,
    "INSERT INTO messages (queue, messageId, body, attributes, sent, visible) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const due = prepare<MessageRow>(
    db,
    "SELECT * FROM messages WHERE queue = ? AND visible <= ? ORDER BY visible LIMIT ?",
  );
  const next = prepare<{ at: number | null }>(
    db,
    "SELECT min(visible) AS at FROM messages WHERE queue = ? AND visible > ?",
  );
  const take = prepare<never>(
    db,
    "UPDATE messages SET receives = ?, firstReceived = ?, handle = ?, visible = ? WHERE id = ?",
  );
  const byHandle = prepare<MessageRow>(db, "SELECT * FROM messages WHERE handle = ? AND queue = ?");
  const remove = prepare<never>(db, "DELETE FROM messages WHERE handle = ? AND queue = ?");
  const setVisible = prepare<never>(db, "UPDATE messages SET visible = ? WHERE id = ?");
  const depth = prepare<Depth>(
    db,
    `SELECT count(*) FILTER (WHERE visible <= ?1) AS visible,
       count(*) FILTER (WHERE visible > ?1 AND handle IS NOT NULL) AS inFlight,
       count(*) FILTER (WHERE visible > ?1 AND handle IS NULL) AS delayed
     FROM messages WHERE queue = ?2`,
  );
  return {
    addMessage: (queue: number, m: NewMessage) =>
      void insert.run(queue, m.messageId, m.body, m.attributes, m.sent, m.visible),
    /** Messages that can be received now, the ones that wait longest first. */
    dueMessages: (queue: number, now: number, limit: number) => due.all(queue, now, limit),
    /** When the next message becomes visible that is not yet. */
    nextVisible: (queue: number, now: number) => next.get(queue, now)?.at ?? undefined,
    markReceived: (m: MessageRow) => void take.run(m.receives, m.firstReceived, m.handle, m.visible, m.id),
    messageByHandle: (queue: number, handle: string) => byHandle.get(handle, queue),
    removeMessage: (queue: number, handle: string) => void remove.run(handle, queue),
    setVisible: (id: number, visible: number) => void setVisible.run(visible, id),
    depth: (queue: number, now: number): Depth => depth.get(now, queue) ?? { visible: 0, inFlight: 0, delayed: 0 },
  };
}

/** What happens to many messages of a queue at once. */
function moveQueries(db: DatabaseSync) {
  const trim = prepare<never>(db, "DELETE FROM messages WHERE queue = ? AND sent < ?");
  const purge = prepare<never>(db, "DELETE FROM messages WHERE queue = ?");
  const release = prepare<{ id: number }>(
    db,
    "UPDATE messages SET visible = ?2 WHERE queue = ?1 AND handle IS NOT NULL AND visible > ?2 RETURNING id",
  );
  const bury = prepare<{ id: number }>(
    db,
    `UPDATE messages SET queue = ?4, source = ?5, visible = ?2, handle = NULL
     WHERE queue = ?1 AND visible <= ?2 AND receives >= ?3 RETURNING id`,
  );
  const all = prepare<Pick<MessageRow, "id" | "source">>(db, "SELECT id, source FROM messages WHERE queue = ?");
  const renew = prepare<never>(
    db,
    `UPDATE messages SET queue = ?, messageId = ?, sent = ?3, visible = ?3, receives = 0, firstReceived = NULL,
       handle = NULL, source = NULL WHERE id = ?`,
  );
  return {
    /** Forgets what was sent before this time. */
    trim: (queue: number, before: number) => void trim.run(queue, before),
    purge: (queue: number) => void purge.run(queue),
    /** Makes visible what is in flight. @returns how many messages */
    release: (queue: number, now: number) => release.all(queue, now).length,
    /** Moves what is visible and was received this often to a dead-letter queue. @returns how many messages */
    bury: (queue: number, now: number, receives: number, deadLetters: number, source: string) =>
      bury.all(queue, now, receives, deadLetters, source).length,
    messagesOf: (queue: number) => all.all(queue),
    /** Sends a message anew to another queue. */
    renew: (id: number, queue: number, messageId: string, now: number) => void renew.run(queue, messageId, now, id),
  };
}
