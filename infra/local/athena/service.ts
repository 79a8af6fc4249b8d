import { mkdirSync, rmSync } from "node:fs";
import { type Json, type JsonObject, type Operation, type Service, ServiceError } from "../service.ts";
import { QueryError } from "./error.ts";
import { type Execution, type Executions, isSelect, openExecutions, type PutObject } from "./executions.ts";
import type { LakeDatabase } from "./lake.ts";
import type { Statement } from "./statement.ts";
import { isObject } from "./syntax.ts";
import type { Column } from "./values.ts";
import {
  type NamedQueries,
  type NamedQuery,
  openNamedQueries,
  openWorkGroups,
  type WorkGroup,
  type WorkGroups,
} from "./workgroups.ts";

interface AthenaOptions {
  database: LakeDatabase;
  /** `primary` is there in any case. */
  workgroups: readonly WorkGroup[];
  namedQueries: readonly NamedQuery[];
  /** Puts a finished result where its workgroup says; without it results are only to be had by GetQueryResults. */
  s3Put?: PutObject;
  /** A folder of this service alone for the results of this process; emptied now and removed at the end. */
  dir: string;
}

export interface AthenaService extends Service {
  /** Ends what runs. The database stays open. */
  close(): Promise<void>;
}

/** GetQueryResults, ListQueryExecutions and their like: the default and the most for `MaxResults` (Athena API Reference). */
const PAGES = { results: [1000, 1000], executions: [50, 50], workgroups: [50, 50], namedQueries: [50, 50] } as const;
const LONGEST_QUERY_BYTES = 262_144;

/**
 * Athena's API over the local lake: queries, their results, workgroups and saved queries.
 *
 * Queries run beside the event loop, two at a time; the others wait as QUEUED. Queries and results last as long as the
 * process. DataScannedInBytes is the size of the files that a query's partition conditions leave, compressed as they
 * are; it is absent where that cannot be told.
 */
export function openAthena(options: AthenaOptions): AthenaService {
  const { database, dir } = options;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const workgroups = openWorkGroups(options.workgroups, Date.now() / 1000);
  const namedQueries = openNamedQueries(options.namedQueries);
  const executions = openExecutions(database, dir, options.s3Put);
  return {
    target: "AmazonAthena",
    operations: {
      StartQueryExecution: (input) => startQuery(input, database, workgroups, executions),
      ...executionOperations(executions, workgroups),
      ...workgroupOperations(workgroups, namedQueries),
    },
    async close() {
      await executions.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startQuery(input: JsonObject, database: LakeDatabase, workgroups: WorkGroups, executions: Executions) {
  const query = required(input, "QueryString");
  if (Buffer.byteLength(query) > LONGEST_QUERY_BYTES)
    throw refuse(`Query string is ${Buffer.byteLength(query)} bytes long; at most ${LONGEST_QUERY_BYTES} are allowed`);
  const workgroup = workgroups.find(text(input, "WorkGroup"));
  const asked = text(member(input, "ResultConfiguration"), "OutputLocation");
  const outputFolder = workgroups.outputFolder(workgroup, asked);
  const name = text(member(input, "QueryExecutionContext"), "Database") ?? database.defaultDatabase;
  const statement = await read(database, query, name);

  // From here on nothing is awaited, so that two requests with one token cannot both start.
  const { ClientRequestToken: _, ...rest } = input;
  const request = JSON.stringify(rest);
  const token = text(input, "ClientRequestToken");
  const before = token === undefined ? undefined : executions.byToken(token);
  if (before && before.request !== request) throw refuse("Idempotent parameters do not match");
  if (before) return { QueryExecutionId: before.id };
  const { id } = executions.start({
    query,
    statement,
    database: name,
    workgroup: workgroup.Name,
    outputFolder,
    token,
    request,
  });
  return { QueryExecutionId: id };
}

function executionOperations(executions: Executions, workgroups: WorkGroups): Record<string, Operation> {
  function execution(input: JsonObject): Execution {
    const id = required(input, "QueryExecutionId");
    const found = executions.get(id);
    if (!found) throw refuse(`QueryExecution ${id} was not found`);
    return found;
  }
  return {
    GetQueryExecution: (input) => ({ QueryExecution: describe(execution(input)) }),
    GetQueryResults: (input) => results(execution(input), input),
    StopQueryExecution(input) {
      execution(input).stop();
      return {};
    },
    ListQueryExecutions(input) {
      const ids = executions.list(workgroups.find(text(input, "WorkGroup")).Name).map(({ id }) => id);
      return page(ids, input, PAGES.executions, "QueryExecutionIds");
    },
    BatchGetQueryExecution(input) {
      const found = ids(input, "QueryExecutionIds").map((id) => [id, executions.get(id)] as const);
      return {
        QueryExecutions: found.flatMap(([, one]) => (one ? [describe(one)] : [])),
        UnprocessedQueryExecutionIds: found.flatMap(([id, one]) => (one ? [] : [{ QueryExecutionId: id }])),
      };
    },
  };
}

function workgroupOperations(workgroups: WorkGroups, namedQueries: NamedQueries): Record<string, Operation> {
  return {
    GetWorkGroup: (input) => ({ WorkGroup: workgroups.describe(workgroups.find(required(input, "WorkGroup"))) }),
    ListWorkGroups: (input) => page(workgroups.list(), input, PAGES.workgroups, "WorkGroups"),
    GetNamedQuery(input) {
      const id = required(input, "NamedQueryId");
      const found = namedQueries.get(id);
      if (!found) throw refuse(`NamedQuery ${id} was not found`);
      return { NamedQuery: found };
    },
    BatchGetNamedQuery(input) {
      const found = ids(input, "NamedQueryIds").map((id) => [id, namedQueries.get(id)] as const);
      return {
        NamedQueries: found.flatMap(([, one]) => (one ? [one] : [])),
        UnprocessedNamedQueryIds: found.flatMap(([id, one]) => (one ? [] : [{ NamedQueryId: id }])),
      };
    },
    ListNamedQueries(input) {
      const { Name } = workgroups.find(text(input, "WorkGroup"));
      return page(namedQueries.ids(Name), input, PAGES.namedQueries, "NamedQueryIds");
    },
  };
}

/** A query that Athena would refuse is refused at once; one that Athena would start and fail is started, and fails. */
async function read(database: LakeDatabase, query: string, name: string): Promise<Statement> {
  try {
    return await database.read(query, name);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if (error.refused) throw refuse(error.message);
    return { kind: "wrong", error };
  }
}

function describe(execution: Execution): JsonObject {
  const { state, reason, submitted, started, finished, statement, scannedBytes } = execution;
  const now = finished ?? Date.now();
  return {
    QueryExecutionId: execution.id,
    Query: execution.query,
    StatementType: isSelect(statement) ? "DML" : "UTILITY",
    ResultConfiguration: { OutputLocation: execution.outputLocation },
    QueryExecutionContext: { Database: execution.database, Catalog: "awsdatacatalog" },
    Status: {
      State: state,
      SubmissionDateTime: submitted / 1000,
      ...(finished !== undefined && { CompletionDateTime: finished / 1000 }),
      ...(reason !== undefined && { StateChangeReason: reason }),
      ...(state === "FAILED" && { AthenaError: { ErrorCategory: 2, Retryable: false, ErrorMessage: reason } }),
    },
    Statistics: {
      QueryQueueTimeInMillis: (started ?? now) - submitted,
      EngineExecutionTimeInMillis: started === undefined ? 0 : now - started,
      TotalExecutionTimeInMillis: now - submitted,
      ...(scannedBytes !== undefined && { DataScannedInBytes: scannedBytes }),
    },
    WorkGroup: execution.workgroup,
    EngineVersion: { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" },
  };
}

/** One page of a result. The first row of a SELECT's first page is its column names, and counts as a row. */
async function results({ state, statement, results }: Execution, input: JsonObject): Promise<JsonObject> {
  if (state === "FAILED" || state === "CANCELLED")
    throw refuse(`Query did not finish successfully. Final query state: ${state}`);
  if (state !== "SUCCEEDED") throw refuse(`Query has not yet finished. Current state: ${state}`);
  const { from, count } = range(input, PAGES.results);
  const headers = isSelect(statement) ? 1 : 0;
  const rows = await results.page(Math.max(0, from - headers), count - (from < headers ? headers : 0));
  const header = from < headers ? [results.columns.map(({ name }) => name)] : [];
  const end = from + header.length + rows.length;
  return {
    UpdateCount: 0,
    ResultSet: {
      Rows: [...header, ...rows].map((row) => ({
        Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
      })),
      ResultSetMetadata: { ColumnInfo: results.columns.map(columnInfo) },
    },
    ...(end < results.rowCount + headers && { NextToken: String(end) }),
  };
}

const columnInfo = ({ name, type, precision, scale }: Column): JsonObject => ({
  CatalogName: "hive",
  SchemaName: "",
  TableName: "",
  Name: name,
  Label: name,
  Type: type,
  Precision: precision,
  Scale: scale,
  Nullable: "UNKNOWN",
  CaseSensitive: type === "varchar",
});

function page(all: Json[], input: JsonObject, limits: readonly [number, number], as: string): JsonObject {
  const { from, count } = range(input, limits);
  return { [as]: all.slice(from, from + count), ...(from + count < all.length && { NextToken: String(from + count) }) };
}

function range(input: JsonObject, [standard, most]: readonly [number, number]): { from: number; count: number } {
  const count = input.MaxResults ?? standard;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > most)
    throw refuse(`MaxResults is ${JSON.stringify(count)}; it must be a whole number from 1 to ${most}`);
  const token = text(input, "NextToken") ?? "0";
  if (!/^\d{1,15}$/.test(token)) throw refuse("Invalid NextToken; pass on the one that the page before gave");
  return { from: Number(token), count };
}

const refuse = (message: string): ServiceError => new ServiceError("InvalidRequestException", message);

const member = (input: JsonObject, key: string): JsonObject => (isObject(input[key]) ? input[key] : {});

function text(input: JsonObject, key: string): string | undefined {
  const value = input[key] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw refuse(`${key} must be text`);
  return value === "" ? undefined : value;
}

function required(input: JsonObject, key: string): string {
  const value = text(input, key);
  if (value === undefined) throw refuse(`${key} is missing or empty`);
  return value;
}

const ids = (input: JsonObject, key: string): string[] => {
  const value = input[key];
  return Array.isArray(value) ? value.map(String) : [];
};
