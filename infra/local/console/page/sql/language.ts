// Trino's SQL in the editor: the lake's tables and columns and Athena's functions complete as one types.
import { autocompletion, type Completion, completionKeymap } from "@codemirror/autocomplete";
import { SQLDialect, sql } from "@codemirror/lang-sql";
import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import type { Schema } from "../../contract.ts";

/** Words of Trino's grammar that queries use (Trino documentation, "SQL language" and "Reserved keywords"). */
const KEYWORDS = `all and any as asc at between both by case cross cube current_date current_time current_timestamp
  deallocate desc describe distinct else end escape except exclude execute exists explain extract fetch filter first
  following for from full group grouping having if in inner intersect interval into is join last lateral left like limit
  match_recognize natural next not null nulls of offset on only or order ordinality outer over partition preceding
  prepare range recursive right rollup row rows select sets show some table tables tablesample then ties to unbounded
  union unnest using values view when where window with within zone`;

const TYPES = `array bigint boolean char date decimal double int integer json map real smallint time timestamp tinyint
  uuid varbinary varchar`;

const oneLine = (words: string) => words.replace(/\s+/g, " ");

/**
 * @param schema undefined until the lake has told it: keywords complete without it
 * @returns the language for an editor; columns complete by table, and those of `events` by themselves
 */
export function trino(schema: Schema | undefined): Extension {
  const functions = new Set(schema?.functions);
  const dialect = SQLDialect.define({
    keywords: oneLine(KEYWORDS),
    types: oneLine(TYPES),
    builtin: [...functions].join(" "),
    caseInsensitiveIdentifiers: true,
  });
  const tables = Object.fromEntries(
    (schema?.tables ?? []).map(({ name, columns }) => [
      name,
      columns.map((column): Completion => ({ label: column.name, type: "property", detail: column.type })),
    ]),
  );
  const language = sql({
    dialect,
    schema: { ...tables, ...(schema && { [schema.database]: tables }) },
    defaultTable: "events",
    keywordCompletion: (label) => wordOf(label, functions),
  });
  return [language, autocompletion({ icons: false }), keymap.of(completionKeymap)];
}

function wordOf(label: string, functions: ReadonlySet<string>): Completion {
  if (functions.has(label)) return { label, type: "function", detail: "function", apply: `${label}(`, boost: -1 };
  return { label: label.toUpperCase(), type: "keyword", boost: -2 };
}
