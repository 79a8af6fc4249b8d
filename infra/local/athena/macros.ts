/**
 * Trino's functions for DuckDB, where it has none by that name or another meaning for it (Trino documentation, "Functions
 * and operators"). `system.main` is DuckDB's own; a macro of the same name stands before it.
 *
 * They are made in every database of the lake, because that is where an unqualified function name is looked for first.
 */

/** Null for what is no JSON, as Trino has it; DuckDB would end the query. */
const VALID = "CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN CAST(j AS VARCHAR) END";
const LIST = `TRY_CAST(CAST(${VALID} AS JSON) AS JSON[])`;

const JSON_FUNCTIONS = [
  `json_extract(j, p) AS system.main.json_extract(${VALID}, p)`,
  `json_extract_scalar(j, p) AS CASE WHEN json_type(${VALID}, p) NOT IN ('OBJECT', 'ARRAY', 'NULL')
     THEN json_extract_string(${VALID}, p) END`,
  `json_array_contains(j, v) AS list_contains(${LIST}, to_json(v))`,
  `json_array_get(j, i) AS array_extract(${LIST}, CASE WHEN i < 0 THEN i ELSE i + 1 END)`,
  `json_array_length(j) AS len(${LIST})`,
  `json_size(j, p) AS CASE WHEN json_type(${VALID}, p) IS NULL THEN NULL
     WHEN json_type(${VALID}, p) = 'ARRAY' THEN system.main.json_array_length(${VALID}, p)
     WHEN json_type(${VALID}, p) = 'OBJECT' THEN len(json_keys(${VALID}, p)) ELSE 0 END`,
  "json_parse(s) AS system.main.json(CAST(s AS JSON))",
  "json_format(j) AS CAST(j AS VARCHAR)",
  `is_json_scalar(j) AS json_type(${VALID}) NOT IN ('OBJECT', 'ARRAY')`,
];

const span = (unit: string, make: string, type: string): string => `WHEN '${unit}' THEN ${make}(CAST(n AS ${type}))`;

const TIME_FUNCTIONS = [
  "from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ)",
  "from_iso8601_date(s) AS CAST(s AS DATE)",
  "to_iso8601(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')",
  "from_unixtime(n) AS to_timestamp(n)",
  "to_unixtime(t) AS epoch(t)",
  "at_timezone(t, z) AS timezone(z, t)",
  `date_format(t, f) AS strftime(t, replace(replace(replace(replace(replace(replace(
     f, '%i', '%M'), '%s', '%S'), '%T', '%H:%M:%S'), '%e', '%-d'), '%c', '%-m'), '%k', '%-H'))`,
  "date_diff(u, a, b) AS date_sub(u, a, b)",
  `date_add(u, n, t) AS t + CASE lower(u) ${[
    span("millisecond", "to_milliseconds", "BIGINT"),
    span("second", "to_seconds", "BIGINT"),
    span("minute", "to_minutes", "BIGINT"),
    span("hour", "to_hours", "BIGINT"),
    span("day", "to_days", "INTEGER"),
    span("week", "to_weeks", "INTEGER"),
    span("month", "to_months", "INTEGER"),
    span("year", "to_years", "INTEGER"),
  ].join(" ")} END`,
  "day_of_week(t) AS isodow(t)",
];

const ARRAY_FUNCTIONS = [
  "cardinality(a) AS len(a)",
  "element_at(a, k) AS a[k]",
  "array_join(a, d) AS array_to_string(a, d)",
  "array_max(a) AS list_max(a)",
  "array_min(a) AS list_min(a)",
  "array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST')",
  "array_remove(a, x) AS list_filter(a, lambda y: y <> x)",
  "arrays_overlap(a, b) AS list_has_any(a, b)",
  "slice(a, s, n) AS list_slice(a, s, s + n - 1)",
  "sequence(a, b) AS system.main.generate_series(a, b)",
];

const STRING_FUNCTIONS = [
  "regexp_like(s, p) AS regexp_matches(s, p)",
  `regexp_replace(s, p) AS system.main.regexp_replace(s, p, '', 'g'),
     (s, p, r) AS system.main.regexp_replace(s, p, system.main.regexp_replace(r, '\\$(\\d)', '\\\\\\1', 'g'), 'g')`,
  `regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN system.main.regexp_extract(s, p) END,
     (s, p, g) AS CASE WHEN regexp_matches(s, p) THEN system.main.regexp_extract(s, p, g) END`,
  "regexp_split(s, p) AS regexp_split_to_array(s, p)",
  "regexp_count(s, p) AS len(regexp_extract_all(s, p))",
  "split_part(s, d, n) AS CASE WHEN n <= len(string_split(s, d)) THEN system.main.split_part(s, d, n) END",
  "concat(a, b) AS a || b, (a, b, c) AS a || b || c, (a, b, c, d) AS a || b || c || d",
  "url_extract_host(u) AS nullif(system.main.regexp_extract(u, '^[a-z]+://([^/:?#]+)', 1), '')",
  "url_extract_path(u) AS system.main.regexp_extract(u, '^[a-z]+://[^/]+([^?#]*)', 1)",
  "codepoint(x) AS unicode(x)",
  "to_utf8(s) AS encode(s)",
  "from_utf8(b) AS decode(b)",
  "to_hex(x) AS hex(x)",
];

const AGGREGATES = [
  "approx_distinct(x) AS approx_count_distinct(x)",
  "approx_percentile(x, q) AS approx_quantile(x, q)",
  "arbitrary(x) AS any_value(x)",
  "map_agg(k, v) AS map(list(k), list(v))",
];

const ALL = [...JSON_FUNCTIONS, ...TIME_FUNCTIONS, ...ARRAY_FUNCTIONS, ...STRING_FUNCTIONS, ...AGGREGATES];

/** @param schema the quoted name of the schema to make them in */
export const macrosSql = (schema: string): string =>
  ALL.map((definition) => `CREATE MACRO ${schema}.${definition};`).join("\n");
