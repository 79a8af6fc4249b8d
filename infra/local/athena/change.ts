import { QueryError } from "./error.ts";
import { NAME, unquote } from "./show.ts";
import type { SelectStatement } from "./statement.ts";
import { splitAtCommas } from "./tokens.ts";

/** A statement that changes the catalog or writes objects. */
export type ChangeStatement = { readonly kind: "change"; readonly database: string; readonly name: string } & (
  | { readonly command: "CREATE_VIEW"; readonly replace: boolean; readonly select: SelectStatement }
  | { readonly command: "DROP_VIEW" | "DROP_TABLE"; readonly lenient: boolean }
  | {
      readonly command: "CREATE_TABLE_AS_SELECT";
      readonly lenient: boolean;
      readonly isEmpty: boolean;
      /** `s3://bucket/prefix/` of the WITH; undefined for a folder below the results. */
      readonly location: string | undefined;
      readonly select: SelectStatement;
    }
  | { readonly command: "INSERT"; readonly columns: readonly string[]; readonly select: SelectStatement }
);

const COMMENTS = String.raw`(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)*`;
const PROPERTIES = String.raw`(?:\s*WITH\s*\(((?:[^()']|'[^']*'|\([^()]*\))*)\))?`;
const pattern = (syntax: string): RegExp => new RegExp(`^${COMMENTS}${syntax}\\s*;?\\s*$`, "i");

const CREATE_VIEW = pattern(String.raw`CREATE\s+(OR\s+REPLACE\s+)?VIEW\s+${NAME}\s+AS\s+([\s\S]+?)`);
const CREATE_TABLE = pattern(
  String.raw`CREATE\s+TABLE\s+(IF\s+NOT\s+EXISTS\s+)?${NAME}${PROPERTIES}\s*AS\s+([\s\S]+?)(\s+WITH\s+NO\s+DATA)?`,
);
const INSERT = pattern(
  String.raw`INSERT\s+INTO\s+${NAME}\s*(\(\s*(?:\w+|"[^"]+")\s*(?:,\s*(?:\w+|"[^"]+")\s*)*\))?\s*((?:SELECT|WITH|VALUES|\()[\s\S]+?)`,
);
const DROP = pattern(String.raw`DROP\s+(VIEW|TABLE)\s+(IF\s+EXISTS\s+)?${NAME}`);

/**
 * Reads a CREATE VIEW, CREATE TABLE AS, INSERT INTO, DROP VIEW or DROP TABLE.
 *
 * @param select reads the SELECT in it, which stands where it stood in the whole
 * @returns undefined for what is none of them
 * @throws {QueryError} for a property that this lake does not follow, naming it
 */
export async function readChange(
  sql: string,
  database: string,
  select: (sql: string) => Promise<SelectStatement>,
): Promise<ChangeStatement | undefined> {
  const place = (name = "") => {
    const [table = "", schema = database] = unquote(name).split(".").reverse();
    return { kind: "change", database: schema, name: table } as const;
  };
  const inPlace = (query = "") => select(blank(sql.slice(0, sql.lastIndexOf(query))) + query);
  const view = CREATE_VIEW.exec(sql);
  if (view)
    return {
      ...place(view[2]),
      command: "CREATE_VIEW",
      replace: view[1] !== undefined,
      select: await inPlace(view[3]),
    };
  const table = CREATE_TABLE.exec(sql);
  if (table) {
    const location = readProperties(table[3]);
    const flags = { lenient: table[1] !== undefined, isEmpty: table[5] !== undefined };
    return {
      ...place(table[2]),
      command: "CREATE_TABLE_AS_SELECT",
      ...flags,
      location,
      select: await inPlace(table[4]),
    };
  }
  const insert = INSERT.exec(sql);
  if (insert) {
    const columns = splitAtCommas(insert[2]?.slice(1, -1) ?? "").map(unquote);
    return { ...place(insert[1]), command: "INSERT", columns, select: await inPlace(insert[3]) };
  }
  const [, what, lenient, name] = DROP.exec(sql) ?? [];
  if (what === undefined) return undefined;
  return {
    ...place(name),
    command: what.toUpperCase() === "VIEW" ? "DROP_VIEW" : "DROP_TABLE",
    lenient: lenient !== undefined,
  };
}

/** The same places in the text, with nothing in it. */
const blank = (text: string): string => text.replace(/[^\n]/g, " ");

function readProperties(given = ""): string | undefined {
  const properties = new Map(
    splitAtCommas(given).map((one) => {
      const [, key = one, value = ""] = /^(\w+)\s*=\s*'?((?:[^']|'')*)'?$/.exec(one) ?? [];
      return [key.toLowerCase(), value] as const;
    }),
  );
  const format = properties.get("format") ?? "PARQUET";
  if (format.toUpperCase() !== "JSON")
    throw new QueryError(
      `NOT_SUPPORTED: CREATE TABLE AS in the format ${format}: the local lake writes JSON; add WITH (format = 'JSON'), ` +
        "which Athena knows too",
    );
  const other = [...properties.keys()].find((key) => !["format", "external_location"].includes(key));
  if (other !== undefined)
    throw new QueryError(
      `NOT_SUPPORTED: CREATE TABLE AS with ${other}: the local lake follows format and external_location`,
    );
  return properties.get("external_location");
}
