import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Cancelled, QueryError } from "./error.ts";
import type { LakeDatabase } from "./lake.ts";
import { openResults, type Results } from "./results.ts";
import type { Statement } from "./statement.ts";

export type State = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** Times are milliseconds since 1970. */
export interface Execution {
  readonly id: string;
  readonly query: string;
  readonly statement: Statement;
  /** What stands for its question marks, as SQL. */
  readonly parameters: readonly string[];
  readonly database: string;
  readonly workgroup: string;
  /** `s3://bucket/prefix/<id>.csv` */
  readonly outputLocation: string;
  /** The client's token and what came with it: the same request sent again starts nothing. */
  readonly token: string | undefined;
  readonly request: string;
  /** Bytes that it may read; a query that needs more is canceled before it reads any. */
  readonly cutoff: number | undefined;
  readonly submitted: number;
  readonly results: Results;
  state: State;
  reason?: string;
  started?: number;
  finished?: number;
  /** Absent where it cannot be told. */
  scannedBytes?: number;
  /** Rows that it wrote into a table. */
  written?: number;
  /** Ends it if it has not ended yet. */
  readonly stop: () => void;
}

type Asked = Pick<
  Execution,
  "query" | "statement" | "parameters" | "database" | "workgroup" | "token" | "request" | "cutoff"
> & {
  outputFolder: string;
};

export type Executions = ReturnType<typeof openExecutions>;

/** How a stored result reaches S3: bucket, key and bytes. */
export type PutObject = (bucket: string, key: string, body: Uint8Array | AsyncIterable<Buffer>) => Promise<void>;

/** Athena, "Service Quotas": the timeout of DML queries. */
const TIMEOUT_MINUTES = 30;
/** How many finished queries can still be asked for; the oldest are forgotten with their results. */
const KEPT_EXECUTIONS = 500;

/**
 * The queries of this process and their results.
 *
 * @param folder where results are kept while the process runs
 */
export function openExecutions(database: LakeDatabase, folder: string, put: PutObject | undefined) {
  const executions = new Map<string, Execution>();
  const running = new Set<Promise<void>>();

  function start(asked: Asked): Execution {
    const id = randomUUID();
    const { outputFolder, ...rest } = asked;
    const ending = new AbortController();
    const execution: Execution = {
      ...rest,
      id,
      outputLocation: `${outputFolder}${id}.${isSelect(asked.statement) ? "csv" : "txt"}`,
      submitted: Date.now(),
      results: openResults(join(folder, `${id}.ndjson`)),
      state: "QUEUED",
      stop: () => ending.abort(new Cancelled("Query was cancelled by the user")),
    };
    executions.set(id, execution);
    forgetOldest(executions);
    const late = new QueryError(`Query timeout: it ran for more than ${TIMEOUT_MINUTES} minutes`);
    const timer = setTimeout(() => ending.abort(late), TIMEOUT_MINUTES * 60_000);
    timer.unref();
    const ended = run(execution, ending.signal).finally(() => {
      clearTimeout(timer);
      running.delete(ended);
    });
    running.add(ended);
    return execution;
  }

  async function run(execution: Execution, signal: AbortSignal): Promise<void> {
    const { results } = execution;
    const sink = {
      start() {
        execution.state = "RUNNING";
        execution.started = Date.now();
      },
      scans(bytes: number) {
        execution.scannedBytes = bytes;
        if (bytes > (execution.cutoff ?? Number.POSITIVE_INFINITY))
          throw new Cancelled("Bytes scanned limit was exceeded");
      },
      columns: results.columnsAre,
      rows: results.add,
      wrote(rows: number) {
        execution.written = rows;
      },
    };
    try {
      const { id, outputLocation, statement } = execution;
      const folder = outputLocation.slice(0, outputLocation.lastIndexOf("/"));
      await database.run(statement, sink, signal, `${folder}/tables/${id}/`);
      await store(execution, put);
      execution.state = "SUCCEEDED";
    } catch (error) {
      execution.state = error instanceof Cancelled ? "CANCELLED" : "FAILED";
      execution.reason = error instanceof Error ? error.message : String(error);
      results.remove();
    }
    execution.finished = Date.now();
  }

  return {
    start,
    get: (id: string) => executions.get(id),
    byToken: (token: string) => [...executions.values()].find((one) => one.token === token),
    /** Newest first. */
    list: (workgroup: string) => [...executions.values()].filter((one) => one.workgroup === workgroup).reverse(),
    /** Ends what runs and waits for it. */
    async close(): Promise<void> {
      for (const { stop } of executions.values()) stop();
      await Promise.allSettled(running);
    },
  };
}

/** Whether Athena gives a result a header and a `.csv`; the other statements' results are lines of text. */
export const isSelect = (statement: Statement): boolean => statement.kind === "select" || statement.kind === "wrong";

async function store({ outputLocation, statement, results }: Execution, put: PutObject | undefined): Promise<void> {
  if (!put) return;
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(outputLocation) ?? [];
  await put(bucket, key, results.file(isSelect(statement) ? "csv" : "txt"));
  // Athena keeps the columns' types beside the result in a form of its own, which no client is known to read.
  await put(bucket, `${key}.metadata`, Buffer.from(JSON.stringify(results.columns)));
}

function forgetOldest(executions: Map<string, Execution>): void {
  for (const [id, { finished, results }] of executions) {
    if (executions.size <= KEPT_EXECUTIONS) return;
    if (finished === undefined) continue;
    results.remove();
    executions.delete(id);
  }
}
