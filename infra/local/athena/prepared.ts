import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { QueryError } from "./error.ts";
import { type Limits, page, refuse, required, text, texts } from "./input.ts";
import { join, splitAtCommas, tokenize } from "./tokens.ts";
import type { WorkGroups } from "./workgroups.ts";

/** The properties of an `AWS::Athena::PreparedStatement`, every intrinsic function resolved. */
export interface PreparedStatement {
  StatementName: string;
  WorkGroup: string;
  QueryStatement: string;
  Description?: string;
}

interface Kept extends PreparedStatement {
  /** Seconds since 1970. */
  modified: number;
}

export interface PreparedStatements {
  readonly operations: Record<string, Operation>;
  /**
   * The query that a client means: of `EXECUTE name USING a, b` the statement with its parameters in place, of a query with
   * `?` the same with the request's own parameters.
   *
   * @throws {QueryError} when the numbers differ or there is no such statement
   */
  fill(query: string, parameters: readonly string[], workgroup: string): string;
}

const PAGE: Limits = [50, 50];
const NAME = /^[A-Za-z_][A-Za-z0-9_@:]{0,255}$/;
const EXECUTE = /^\s*EXECUTE\s+"?([\w@:]+)"?(?:\s+USING\s+([\s\S]*?))?\s*;?\s*$/i;

/** Prepared statements, which last as long as the process. */
export function openPreparedStatements(
  given: readonly PreparedStatement[],
  workgroups: WorkGroups,
): PreparedStatements {
  const started = Date.now() / 1000;
  const all = new Map(given.map((one) => [keyOf(one.WorkGroup, one.StatementName), { ...one, modified: started }]));

  function find(input: JsonObject): Kept {
    const [workgroup, name] = [workgroups.find(required(input, "WorkGroup")).Name, required(input, "StatementName")];
    const found = all.get(keyOf(workgroup, name));
    if (found) return found;
    throw new ServiceError("ResourceNotFoundException", `PreparedStatement ${name} was not found in ${workgroup}`);
  }
  function keep(input: JsonObject): JsonObject {
    const StatementName = required(input, "StatementName");
    if (!NAME.test(StatementName)) throw refuse(`StatementName ${StatementName} must suit ${NAME.source}`);
    const WorkGroup = workgroups.find(required(input, "WorkGroup")).Name;
    const description = text(input, "Description");
    all.set(keyOf(WorkGroup, StatementName), {
      StatementName,
      WorkGroup,
      QueryStatement: required(input, "QueryStatement"),
      ...(description !== undefined && { Description: description }),
      modified: Date.now() / 1000,
    });
    return {};
  }
  return {
    operations: {
      CreatePreparedStatement(input) {
        const name = required(input, "StatementName");
        if (all.has(keyOf(required(input, "WorkGroup"), name)))
          throw refuse(`Prepared statement ${name} already exists`);
        return keep(input);
      },
      UpdatePreparedStatement(input) {
        find(input);
        return keep(input);
      },
      DeletePreparedStatement(input) {
        const { WorkGroup, StatementName } = find(input);
        all.delete(keyOf(WorkGroup, StatementName));
        return {};
      },
      GetPreparedStatement: (input) => ({ PreparedStatement: describe(find(input)) }),
      ListPreparedStatements(input) {
        const { Name } = workgroups.find(required(input, "WorkGroup"));
        const listed = [...all.values()].filter(({ WorkGroup }) => WorkGroup === Name);
        const summaries = listed.map((one) => ({ StatementName: one.StatementName, LastModifiedTime: one.modified }));
        return page(summaries, input, PAGE, "PreparedStatements");
      },
      BatchGetPreparedStatement(input) {
        const { Name } = workgroups.find(required(input, "WorkGroup"));
        const found = texts(input, "PreparedStatementNames").map((name) => [name, all.get(keyOf(Name, name))] as const);
        return {
          PreparedStatements: found.flatMap(([, one]) => (one ? [describe(one)] : [])),
          UnprocessedPreparedStatementNames: found.flatMap(([name, one]) => (one ? [] : [{ StatementName: name }])),
        };
      },
    },
    fill(query, parameters, workgroup) {
      const [, name, using = ""] = EXECUTE.exec(query) ?? [];
      if (name === undefined) return parameters.length > 0 ? replaceMarks(query, parameters) : query;
      const found = all.get(keyOf(workgroup, name));
      if (!found) throw new QueryError(`Prepared statement not found: ${name}`, true);
      return replaceMarks(found.QueryStatement, parameters.length > 0 ? parameters : splitAtCommas(using));
    },
  };
}

const keyOf = (workgroup: string, name: string): string => `${workgroup}\n${name}`;

const describe = ({ modified, ...statement }: Kept): JsonObject => ({ ...statement, LastModifiedTime: modified });

/** Puts a parameter, which is SQL for a value, in the place of each `?`. */
function replaceMarks(query: string, parameters: readonly string[]): string {
  const tokens = tokenize(query);
  const marks = tokens.filter(({ text }) => text === "?").length;
  if (marks !== parameters.length) {
    const message = `line 1:1: Incorrect number of parameters: expected ${marks} but found ${parameters.length}`;
    throw new QueryError(`INVALID_PARAMETER_USAGE: ${message}`);
  }
  let next = 0;
  return join(tokens.map((token) => (token.text === "?" ? { ...token, text: parameters[next++] ?? "" } : token)));
}
