import { mkdirSync, rmSync } from "node:fs";
import type { JsonObject, Operation, Service } from "../service.ts";
import { QueryError } from "./error.ts";
import { type Execution, type Executions, isSelect, openExecutions, type PutObject } from "./executions.ts";
import { member, page, range, refuse, required, text, texts } from "./input.ts";
import type { LakeDatabase } from "./lake.ts";
import { metadataOperations } from "./metadata.ts";
import { openPreparedStatements, type PreparedStatement, type PreparedStatements } from "./prepared.ts";
import type { Statement } from "./statement.ts";
import type { Column } from "./values.ts";
import {
  ENGINE,
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
  preparedStatements?: readonly PreparedStatement[];
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
/** Athena User Guide, "Error type reference". */
const USER_ERROR = 1000;
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
  const prepared = openPreparedStatements(options.preparedStatements ?? [], workgroups);
  const executions = openExecutions(database, dir, options.s3Put);
  const parts = { database, workgroups, prepared, executions };
  return {
    target: "AmazonAthena",
    operations: {
      StartQueryExecution: (input) => startQuery(input, parts),
      ...executionOperations(executions, workgroups),
      ...workgroupOperations(workgroups, namedQueries),
      ...prepared.operations,
      ...metadataOperations(() => [...database.tables, ...database.views], Date.now() / 1000),
    },
    async close() {
      await executions.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Parts {
  database: LakeDatabase;
  workgroups: WorkGroups;
  prepared: PreparedStatements;
  executions: Executions;
}

async function startQuery(input: JsonObject, { database, workgroups, prepared, executions }: Parts) {
  const query = required(input, "QueryString");
  if (Buffer.byteLength(query) > LONGEST_QUERY_BYTES)
    throw refuse(`Query string is ${Buffer.byteLength(query)} bytes long; at most ${LONGEST_QUERY_BYTES} are allowed`);
  const workgroup = workgroups.find(text(input, "WorkGroup"));
  const asked = text(member(input, "ResultConfiguration"), "OutputLocation");
  const outputFolder = workgroups.outputFolder(workgroup, asked);
  const name = text(member(input, "QueryExecutionContext"), "Database") ?? database.defaultDatabase;
  const parameters = texts(input, "ExecutionParameters");
  const statement = await read(database, name, () => prepared.fill(query, parameters, workgroup.Name));

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
    parameters,
    database: name,
    workgroup: workgroup.Name,
    outputFolder,
    cutoff: workgroup.WorkGroupConfiguration?.BytesScannedCutoffPerQuery,
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
      const found = texts(input, "QueryExecutionIds").map((id) => [id, executions.get(id)] as const);
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
      const found = texts(input, "NamedQueryIds").map((id) => [id, namedQueries.get(id)] as const);
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
async function read(database: LakeDatabase, name: string, query: () => string): Promise<Statement> {
  try {
    return await database.read(query(), name);
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
    StatementType: statementType(statement),
    ResultConfiguration: { OutputLocation: execution.outputLocation },
    QueryExecutionContext: { Database: execution.database, Catalog: "awsdatacatalog" },
    Status: {
      State: state,
      SubmissionDateTime: submitted / 1000,
      ...(finished !== undefined && { CompletionDateTime: finished / 1000 }),
      ...(reason !== undefined && { StateChangeReason: reason }),
      ...(state === "FAILED" && {
        AthenaError: { ErrorCategory: 2, ErrorType: USER_ERROR, Retryable: false, ErrorMessage: reason },
      }),
    },
    Statistics: {
      QueryQueueTimeInMillis: (started ?? now) - submitted,
      EngineExecutionTimeInMillis: started === undefined ? 0 : now - started,
      TotalExecutionTimeInMillis: now - submitted,
      ...(scannedBytes !== undefined && { DataScannedInBytes: scannedBytes }),
      QueryPlanningTimeInMillis: 0,
      ServiceProcessingTimeInMillis: 0,
      ResultReuseInformation: { ReusedPreviousResult: false },
    },
    WorkGroup: execution.workgroup,
    EngineVersion: ENGINE,
    SubstatementType: "command" in statement ? statement.command : statement.kind.toUpperCase(),
    ...(execution.parameters.length > 0 && { ExecutionParameters: [...execution.parameters] }),
  };
}

function statementType(statement: Statement): "DML" | "DDL" | "UTILITY" {
  if (statement.kind === "change") return statement.command === "INSERT" ? "DML" : "DDL";
  return isSelect(statement) ? "DML" : "UTILITY";
}

/** One page of a result. The first row of a SELECT's first page is its column names, and counts as a row. */
async function results({ state, statement, results, written }: Execution, input: JsonObject): Promise<JsonObject> {
  if (state === "FAILED" || state === "CANCELLED")
    throw refuse(`Query did not finish successfully. Final query state: ${state}`);
  if (state !== "SUCCEEDED") throw refuse(`Query has not yet finished. Current state: ${state}`);
  const { from, count } = range(input, PAGES.results);
  const headers = isSelect(statement) ? 1 : 0;
  const rows = await results.page(Math.max(0, from - headers), count - (from < headers ? headers : 0));
  const header = from < headers ? [results.columns.map(({ name }) => name)] : [];
  const end = from + header.length + rows.length;
  return {
    UpdateCount: written ?? 0,
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
