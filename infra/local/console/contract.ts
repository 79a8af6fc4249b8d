/**
 * What the console's page asks and what the lake answers: JSON over HTTP on the loopback address, every call under `/api/` with
 * the header `authorization: Bearer <token>`. Errors are `Failure` with a status of 400 or more.
 *
 *     GET    /api/flow                 server-sent events: one `Flow` a second, the last minute's first
 *     GET    /api/hours?days=2         Hours
 *     GET    /api/schema               Schema
 *     POST   /api/queries              {sql} -> {id}
 *     GET    /api/queries/ID?next=     Query: state, and up to 1,000 rows when it has succeeded
 *     DELETE /api/queries/ID           stops it
 *     GET    /api/queries/ID/csv       the result file
 *     GET    /api/events?hour=&source= StoredEvent[]: recent events to pick from
 *     POST   /api/normalize            the bytes of a record -> Normalized[]
 *     GET    /api/quarantine?days=7    Quarantined[]
 *     GET    /api/quarantine/ID        QuarantinedPayload
 *     POST   /api/redrive              Redrive -> Redriven
 *     POST   /api/put                  NDJSON, a record a line -> {records, failed}
 *     PUT    /api/drop/NAME            a file's bytes, streamed to the drop bucket -> {key, bytes}
 *     GET    /api/drop                 Dropped[]: what became of the files dropped from this page
 */
export interface Failure {
  /** What, where, and what happens to the data. */
  readonly error: string;
  /** What to do next. */
  readonly next?: string;
}

/**
 * The pipeline at one moment. Counts are since the lake started; the page makes rates of them. Samples of the minute before
 * somebody looked have neither `buffers` nor `landed`.
 */
export interface Flow {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stream: {
    readonly name: string;
    readonly shards: number;
    readonly records: number;
    readonly bytes: number;
    readonly iteratorAgeMs: number;
  };
  readonly consumer: {
    readonly batches: number;
    readonly documents: number;
    readonly milliseconds: number;
    /** Batches that came again. */
    readonly retries: number;
  };
  readonly ledger: {
    readonly received: number;
    readonly delivered: number;
    readonly dropped: Readonly<Record<string, number>>;
    readonly quarantined: Readonly<Record<string, number>>;
    readonly toComeAgain: number;
  };
  readonly buffers: readonly {
    readonly prefix: string;
    readonly records: number;
    readonly bytes: number;
    readonly secondsToFlush: number;
  }[];
  readonly landed: readonly { readonly prefix: string; readonly objects: number; readonly bytes: number }[];
}

export interface Hours {
  readonly cells: readonly {
    /** `2026-11-24T05`, UTC. */
    readonly hour: string;
    readonly source: string;
    readonly events: number;
    /** Of the events' text, before compression. */
    readonly bytes: number;
    readonly late: number;
    readonly future: number;
  }[];
}

export interface Schema {
  readonly database: string;
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
  }[];
  readonly functions: readonly string[];
  readonly questions: readonly { readonly name: string; readonly description: string; readonly sql: string }[];
}

export interface Query {
  readonly state: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly next?: string;
  readonly scannedBytes: number;
  readonly milliseconds: number;
  /** `line` and `column` count from 1, where Athena's message has them. */
  readonly error?: { readonly message: string; readonly line?: number; readonly column?: number };
}

export type StoredEvent = Readonly<Record<string, unknown>>;

/** What became of one document of a record. */
export interface Normalized {
  readonly raw: string;
  /** The stored event, with `details` parsed. */
  readonly event?: StoredEvent;
  readonly droppedBy?: string;
  readonly quarantined?: { readonly code: string; readonly reason: string };
  readonly steps: readonly {
    readonly plugin: string;
    readonly microseconds: number;
    /** Paths that it set or changed, such as `details.user`. */
    readonly set: readonly string[];
    readonly error?: string;
  }[];
}

export interface Quarantined {
  readonly code: string;
  readonly hour: string;
  readonly count: number;
  readonly reason: string;
  /** Of one of them, for `/api/quarantine/ID`. */
  readonly id: string;
}

export interface QuarantinedPayload {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
  readonly base64: string;
}

/** Which quarantined records go back on the stream; `dryRun` counts only. */
export interface Redrive {
  readonly code?: string;
  readonly hour?: string;
  readonly id?: string;
  readonly dryRun: boolean;
}

export interface Redriven {
  readonly found: number;
  readonly put: number;
  readonly failed: number;
  readonly alreadyPut: number;
}

export interface Dropped {
  readonly key: string;
  readonly bytes: number;
  readonly state: "waiting" | "read" | "failed";
  /** All of the file's, those that are quarantined among them. */
  readonly records: number;
  /** Known once Firehose has delivered: some seconds after the file was read. */
  readonly quarantined: number;
  readonly reason?: string;
}
