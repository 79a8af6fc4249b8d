import { setTimeout as sleep } from "node:timers/promises";
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";

export const DATABASE = "defenda_data_lake";

/** The workgroup of the template (infra/queries.ts), as the seed's was named. */
export const WORKGROUP = "defenda_data_lake";

/** Athena is asked after its answer this often: soon at first, then each second. */
const POLL_MS = { first: 50, last: 1000 };

export type Cell = string | null;

export interface Answer {
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Undefined where it cannot be told. */
  readonly bytesScanned: number | undefined;
}

/**
 * Runs one statement and waits for all its rows.
 *
 * @param signal stops the query, so that it scans and costs no more
 * @throws {Error} with Athena's reason when the statement fails or is stopped
 */
export async function runQuery(athena: AthenaClient, sql: string, signal?: AbortSignal): Promise<Answer> {
  const { QueryExecutionId = "" } = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: WORKGROUP,
      QueryExecutionContext: { Database: DATABASE },
    }),
  );
  const stop = () => {
    athena.send(new StopQueryExecutionCommand({ QueryExecutionId })).catch(() => {}); // then it goes on to its end
  };
  signal?.addEventListener("abort", stop, { once: true });
  const bytesScanned = await finished(athena, QueryExecutionId);
  return { ...(await results(athena, QueryExecutionId)), bytesScanned };
}

async function finished(athena: AthenaClient, QueryExecutionId: string): Promise<number | undefined> {
  for (let wait = POLL_MS.first; ; wait = Math.min(wait * 2, POLL_MS.last)) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === "SUCCEEDED") return QueryExecution?.Statistics?.DataScannedInBytes;
    if (State === "FAILED" || State === "CANCELLED")
      throw new Error(`query: ${State}: ${StateChangeReason ?? "stopped"}`);
    await sleep(wait);
  }
}

/** Athena's first row repeats the column names for a SELECT; other statements (SHOW, DESCRIBE) have rows only. */
async function results(athena: AthenaClient, QueryExecutionId: string): Promise<Omit<Answer, "bytesScanned">> {
  let header: string[] = [];
  const rows: Cell[][] = [];
  for await (const { ResultSet } of paginateGetQueryResults({ client: athena }, { QueryExecutionId })) {
    header = ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Name }) => Name ?? "") ?? header;
    for (const { Data = [] } of ResultSet?.Rows ?? []) rows.push(Data.map(({ VarCharValue }) => VarCharValue ?? null));
  }
  const repeats = rows[0]?.every((cell, i) => cell === header[i]) === true;
  return { header, rows: repeats ? rows.slice(1) : rows };
}
