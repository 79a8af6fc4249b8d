import { QueryError } from "./error.ts";
import { parsePath } from "./json-path.ts";
import { closingRound, type Found, join, next, splitAtCommas, type Token, word } from "./tokens.ts";

/** Types that json_value can be asked to return, and what they are called inside. */
const RETURNED: Readonly<Record<string, string>> = {
  varchar: "varchar",
  bigint: "bigint",
  integer: "integer",
  int: "integer",
  double: "double",
  boolean: "boolean",
};

const ON = String.raw`(NULL|ERROR|TRUE|FALSE|UNKNOWN|EMPTY\s+ARRAY|EMPTY\s+OBJECT|DEFAULT\s+[\s\S]+?)\s+ON\s+`;
const CLAUSES = {
  returning: /^RETURNING\s+(\w+)\s*/i,
  wrapper: /^(WITHOUT|WITH)(?:\s+(CONDITIONAL|UNCONDITIONAL))?(?:\s+ARRAY)?\s+WRAPPER\s*/i,
  quotes: /^(KEEP|OMIT)\s+QUOTES(?:\s+ON\s+SCALAR\s+STRING)?\s*/i,
  empty: new RegExp(String.raw`^${ON}EMPTY\b\s*`, "i"),
  error: new RegExp(String.raw`^${ON}ERROR\b\s*`, "i"),
};

type Clauses = Partial<Record<keyof typeof CLAUSES, RegExpExecArray>>;

/**
 * Trino's json_value, json_query and json_exists as calls with plain arguments, their clauses as texts.
 *
 * @param respell for the SQL inside
 * @throws {QueryError} for a clause or a part of a path that is not known here, naming it
 */
export function jsonFunction(tokens: readonly Token[], at: number, respell: (sql: string) => string): Found {
  const name = tokens[at]?.text.toLowerCase() ?? "";
  const open = next(tokens, at);
  const end = closingRound(tokens, open);
  const [json = "", ...others] = splitAtCommas(join(tokens.slice(open + 1, end)));
  const [, path = "", rest = ""] = /^('(?:[^']|'')*')\s*([\s\S]*)$/.exec(others.join(", ")) ?? [];
  const steps = parsePath(path.slice(1, -1).replaceAll("''", "'"));
  if (!steps)
    throw refuse(name, path === "" ? "its path must be a literal" : `the path ${path} has a part that is unknown here`);
  const clauses = readClauses(name, rest);
  const call = BUILD[name]?.(`${respell(json)}, ${path}`, clauses, name) ?? "";
  return { tokens: [word(call)], end: end + 1 };
}

function readClauses(name: string, text: string): Clauses {
  const clauses: Clauses = {};
  let rest = text;
  while (rest !== "") {
    const kinds = ["returning", "wrapper", "quotes", "empty", "error"] as const;
    const kind = kinds.find((one) => CLAUSES[one].test(rest));
    const found = kind && CLAUSES[kind].exec(rest);
    if (!kind || !found) throw refuse(name, `the clause ${rest.slice(0, 40)} is unknown here`);
    clauses[kind] = found;
    rest = rest.slice(found[0].length);
  }
  return clauses;
}

const BUILD: Readonly<Record<string, (given: string, clauses: Clauses, name: string) => string>> = {
  json_value(given, clauses, name) {
    const asked = clauses.returning?.[1]?.toLowerCase() ?? "varchar";
    const type = RETURNED[asked];
    if (type === undefined) throw refuse(name, `RETURNING ${asked} is unknown here`);
    const onError = action(name, clauses.error);
    const call = `json_value(${given}, ${action(name, clauses.empty)}, ${onError}, '${type}')`;
    if (type === "varchar") return call;
    if (onError !== "'null'" && onError !== "'error'")
      throw refuse(name, "RETURNING with DEFAULT ... ON ERROR is unknown here");
    return `${onError === "'null'" ? "TRY_CAST" : "CAST"}(${call} AS ${type})`;
  },
  json_query(given, clauses, name) {
    if ((clauses.returning?.[1] ?? "varchar").toLowerCase() !== "varchar")
      throw refuse(name, "it returns varchar only here");
    const [, word = "WITHOUT", kind = "UNCONDITIONAL"] = clauses.wrapper?.map((one) => one?.toUpperCase()) ?? [];
    const wrapper = word === "WITHOUT" ? "never" : kind === "CONDITIONAL" ? "conditional" : "always";
    const quotes = clauses.quotes?.[1]?.toLowerCase() ?? "keep";
    return `json_query(${given}, ${action(name, clauses.empty)}, ${action(name, clauses.error)}, '${wrapper}', '${quotes}')`;
  },
  json_exists(given, clauses, name) {
    const said = clauses.error?.[1]?.toUpperCase() ?? "FALSE";
    const actions: Readonly<Record<string, string>> = {
      TRUE: "'=true'",
      FALSE: "'=false'",
      UNKNOWN: "'null'",
      ERROR: "'error'",
    };
    const onError = actions[said];
    if (onError === undefined) throw refuse(name, `${said} ON ERROR is unknown here`);
    return `json_exists(${given}, ${onError})`;
  },
};

/** What is to happen, as SQL: `'null'`, `'error'`, or the value after an equals sign. */
function action(name: string, clause: RegExpExecArray | undefined): string {
  const said = clause?.[1] ?? "NULL";
  if (/^EMPTY\s/i.test(said)) return /ARRAY/i.test(said) ? "'=[]'" : "'={}'";
  if (!/^DEFAULT\s/i.test(said)) return `'${said.toLowerCase()}'`;
  const value = said.slice("DEFAULT".length).trim();
  if (!/^(?:'(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false)$/i.test(value))
    throw refuse(name, "DEFAULT must be a literal here");
  return value.startsWith("'") ? `'=${value.slice(1)}` : `'=${value}'`;
}

const refuse = (name: string, reason: string): QueryError =>
  new QueryError(`NOT_SUPPORTED: ${name} is not supported by the local lake as it stands: ${reason}`);
