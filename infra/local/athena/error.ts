/**
 * What is wrong with a query, in Athena's form: `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved`.
 *
 * `refused` ones are known before the query starts: Athena answers them to StartQueryExecution.
 */
export class QueryError extends Error {
  readonly refused: boolean;

  constructor(message: string, refused = false) {
    super(message);
    this.name = "QueryError";
    this.refused = refused;
  }
}

/** Why a query was ended from outside: its state is CANCELLED, not FAILED. */
export class Cancelled extends Error {}

/** `1:8` for an offset into the query. */
export function lineAndColumn(query: string, offset: number): string {
  const before = query.slice(0, Math.max(0, offset)).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

type Rule = readonly [pattern: RegExp, say: (found: string, at: string) => string];

/** DuckDB's messages, and Athena's for the same mistakes. The first group is the name that the message is about. */
const RULES: readonly Rule[] = [
  [
    /Referenced column "([^"]+)" (?:was )?not found/,
    (name, at) => `COLUMN_NOT_FOUND: ${at}Column '${name}' cannot be resolved`,
  ],
  [
    /(?:Table|Scalar|Aggregate|Macro)? ?Function with name "?([\w.]+)"? does not exist/,
    (name, at) => `FUNCTION_NOT_FOUND: ${at}Function '${name}' not registered`,
  ],
  [/Conversion Error: (.*)/, (what) => `INVALID_CAST_ARGUMENT: ${what}`],
  [/Out of Memory Error: (.*)/, (what) => `EXCEEDED_LOCAL_MEMORY_LIMIT: ${what}`],
  [/Invalid Input Error: ([A-Z]+_[A-Z_]+: .*)/, (said) => said],
  [/(?:Parser|Binder) Error: (.*)/, (what) => `SYNTAX_ERROR: ${what}`],
  [/Malformed JSON in file (.*)/, (what) => `HIVE_CURSOR_ERROR: Row is not a valid JSON Object: ${what}`],
];

/** Says a failure of DuckDB the way Athena would, without this machine's paths. */
export function translate(error: unknown, query: string, s3Root: string): Error {
  if (error instanceof QueryError || error instanceof Cancelled) return error;
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(`${s3Root}/`, "s3://");
  for (const [pattern, say] of RULES) {
    const name = pattern.exec(message)?.[1];
    if (name === undefined) continue;
    const offset = query.toLowerCase().indexOf(name.toLowerCase());
    return new QueryError(say(name, offset < 0 ? "" : `line ${lineAndColumn(query, offset)}: `));
  }
  return new QueryError(`GENERIC_INTERNAL_ERROR: ${message.split("\n")[0]}`);
}
