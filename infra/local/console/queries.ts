import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { DATABASE, WORKGROUP } from "../../../handlers/cli/athena.ts";
import { Refusal, type Routes, readJson } from "./answer.ts";
import type { Clients } from "./clients.ts";
import type { Query } from "./contract.ts";

/** Rows of one answer, and the most that GetQueryResults gives (Athena API Reference). */
const PAGE = 1000;

/** Refused statements that are remembered until the page asks what became of them. */
const MOST_REFUSED = 100;

const NOTHING = { columns: [], rows: [], scannedBytes: 0, milliseconds: 0 } as const;

/** SQL through Athena's API, one statement a query. */
export function queryRoutes({ athena, s3 }: Pick<Clients, "athena" | "s3">): Routes {
  /** What Athena did not even start: to the page it is a query that failed. */
  const refused = new Map<string, Query>();

  async function start(sql: string): Promise<{ id: string }> {
    const QueryExecutionContext = { Database: DATABASE };
    const command = new StartQueryExecutionCommand({ QueryString: sql, WorkGroup: WORKGROUP, QueryExecutionContext });
    try {
      const { QueryExecutionId: id = "" } = await athena.send(command);
      return { id };
    } catch (error) {
      if (!isInvalid(error)) throw error;
      const id = randomUUID();
      refused.set(id, { state: "FAILED", ...NOTHING, error: placed(error.message) });
      const [oldest] = refused.keys();
      if (refused.size > MOST_REFUSED && oldest !== undefined) refused.delete(oldest);
      return { id };
    }
  }

  return {
    "POST /api/queries": async ({ request }) => {
      const { sql } = await readJson(request);
      if (typeof sql !== "string" || sql.trim() === "") throw new Refusal(400, "sql is missing; nothing was asked");
      return start(sql);
    },
    "GET /api/queries/*": async ({ name, query }) =>
      refused.get(name) ?? readQuery(athena, await executionOf(athena, name), query.get("next")),
    "DELETE /api/queries/*": async ({ name }) => {
      if (!refused.delete(name)) await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: checked(name) }));
    },
    "GET /api/queries/*/csv": async ({ name, response }) => {
      const { body, length } = await resultOf(s3, await executionOf(athena, name));
      response.writeHead(200, {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="${name}.csv"`,
        "cache-control": "no-store",
        ...(length !== undefined && { "content-length": length }),
      });
      await pipeline(body, response);
    },
  };
}

async function executionOf(athena: AthenaClient, id: string): Promise<QueryExecution> {
  try {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: checked(id) }));
    return QueryExecution ?? {};
  } catch (error) {
    throw isInvalid(error) ? noQuery() : error;
  }
}

function checked(id: string): string {
  if (/^[0-9a-f-]{36}$/.test(id)) return id;
  throw noQuery();
}

function noQuery(): Refusal {
  return new Refusal(404, "There is no such query", "Run it again: queries last as long as the lake runs");
}

/** What Athena answers to a statement that it does not start, and to an id that it does not know. */
function isInvalid(error: unknown): error is Error {
  return error instanceof Error && error.name === "InvalidRequestException";
}

async function readQuery(athena: AthenaClient, execution: QueryExecution, next: string | null): Promise<Query> {
  const { Status = {}, Statistics = {}, QueryExecutionId = "" } = execution;
  const state = Status.State ?? "QUEUED";
  const facts = {
    state,
    scannedBytes: Statistics.DataScannedInBytes ?? 0,
    milliseconds: Statistics.TotalExecutionTimeInMillis ?? 0,
  };
  if (state === "FAILED") return { ...NOTHING, ...facts, error: placed(Status.StateChangeReason ?? "it failed") };
  if (state !== "SUCCEEDED") return { ...NOTHING, ...facts };
  return { ...facts, ...(await readRows(athena, QueryExecutionId, next)) };
}

/** The first row of a SELECT's first page repeats the column names; other statements (SHOW, DESCRIBE) have rows only. */
async function readRows(athena: AthenaClient, QueryExecutionId: string, next: string | null) {
  const { ResultSet, NextToken } = await athena.send(
    new GetQueryResultsCommand({ QueryExecutionId, MaxResults: PAGE, ...(next !== null && { NextToken: next }) }),
  );
  const columns = (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name: name = "", Type: type = "" }) => ({
    name,
    type,
  }));
  const rows = (ResultSet?.Rows ?? []).map(({ Data = [] }) => Data.map(({ VarCharValue }) => VarCharValue ?? null));
  const repeats = next === null && rows[0]?.every((cell, i) => cell === columns[i]?.name) === true;
  return { columns, rows: repeats ? rows.slice(1) : rows, ...(NextToken !== undefined && { next: NextToken }) };
}

/** Where Athena's message says where: `SYNTAX_ERROR: line 1:8: ...`. */
function placed(message: string): NonNullable<Query["error"]> {
  const [, line, column] = /\bline (\d+):(\d+)/.exec(message) ?? [];
  return { message, ...(line !== undefined && { line: Number(line), column: Number(column) }) };
}

/** The file that the workgroup keeps of a result: it is streamed, however large. */
async function resultOf(s3: S3Client, { ResultConfiguration, Status }: QueryExecution) {
  if (Status?.State !== "SUCCEEDED") throw new Refusal(409, "The query has no result", "Wait until it has succeeded");
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(ResultConfiguration?.OutputLocation ?? "") ?? [];
  const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  if (!Body) throw new Refusal(404, "The result's file is gone", "Run the query again");
  return { body: Body as Readable, length: ContentLength };
}
