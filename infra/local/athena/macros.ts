/**
 * Trino's functions for DuckDB, where it has none by that name or another meaning for it (Trino documentation, "Functions
 * and operators"). `system.main` is DuckDB's own; a macro of the same name stands before it.
 *
 * They are made in every database of the lake, because that is where an unqualified function name is looked for first.
 */

/** `$["a b"]` is written `$."a b"` in DuckDB. */
const PATH = `system.main.regexp_replace(p, '\\["([^"]*)"\\]', '."\\1"', 'g')`;

/** Null for what is no JSON, as Trino has it; DuckDB would end the query. */
const VALID = "CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN CAST(j AS VARCHAR) END";
const LIST = `TRY_CAST(CAST(${VALID} AS JSON) AS JSON[])`;

const JSON_FUNCTIONS = [
  `json_extract(j, p) AS system.main.json_extract(${VALID}, ${PATH})`,
  `json_extract_scalar(j, p) AS CASE WHEN json_type(${VALID}, ${PATH}) NOT IN ('OBJECT', 'ARRAY', 'NULL')
     THEN json_extract_string(${VALID}, ${PATH}) END`,
  `json_array_contains(j, v) AS list_contains(${LIST}, to_json(v))`,
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
  `to_iso8601(t) AS strftime(t, CASE typeof(t) WHEN 'DATE' THEN '%Y-%m-%d' WHEN 'TIMESTAMP' THEN '%Y-%m-%dT%H:%M:%S.%g'
     ELSE '%Y-%m-%dT%H:%M:%S.%gZ' END)`,
  "date_trunc(u, t) AS cast_to_type(system.main.date_trunc(u, t), t)",
  "from_unixtime(n) AS to_timestamp(n)",
  "to_unixtime(t) AS epoch(t)",
  "date_diff(u, a, b) AS date_sub(u, a, b)",
  `date_add(u, n, t) AS cast_to_type(t + CASE lower(u) ${[
    span("millisecond", "to_milliseconds", "BIGINT"),
    span("second", "to_seconds", "BIGINT"),
    span("minute", "to_minutes", "BIGINT"),
    span("hour", "to_hours", "BIGINT"),
    span("day", "to_days", "INTEGER"),
    span("week", "to_weeks", "INTEGER"),
    span("month", "to_months", "INTEGER"),
    span("quarter", "to_months", "INTEGER").replace("CAST(n", "CAST(3 * n"),
    span("year", "to_years", "INTEGER"),
  ].join(" ")} ELSE error('INVALID_FUNCTION_ARGUMENT: ' || u || ' is not a valid field') END, t)`,
  "day_of_week(t) AS isodow(t)",
  "dow(t) AS isodow(t)",
  "day_of_year(t) AS dayofyear(t)",
  "doy(t) AS dayofyear(t)",
  "day_of_month(t) AS day(t)",
  "week_of_year(t) AS week(t)",
  "year_of_week(t) AS isoyear(t)",
  "yow(t) AS isoyear(t)",
  "last_day_of_month(t) AS last_day(t)",
  "millisecond(t) AS system.main.millisecond(t) % 1000",
  "date(t) AS CAST(t AS DATE)",
];

/** `zip` of some lists: a list of rows. */
function zipOf(count: number): string {
  const lists = ["a", "b", "c", "d", "e"].slice(0, count).join(", ");
  const fields = Array.from({ length: count }, (_, index) => `'field${index}': z[${index + 1}]`).join(", ");
  return `(${lists}) AS list_transform(list_zip(${lists}), lambda z: {${fields}})`;
}

const ARRAY_FUNCTIONS = [
  "cardinality(a) AS len(a)",
  "trino_map_size(m) AS len(map_keys(m))",
  "element_at(a, k) AS a[k]",
  `contains(a, x) AS CASE WHEN list_contains(a, x) THEN true WHEN a IS NULL OR x IS NULL OR list_count(a) < len(a) THEN NULL
     ELSE false END`,
  "array_position(a, x) AS coalesce(list_position(a, x), CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN 0 END)",
  `array_join(a, d) AS array_to_string(a, d),
     (a, d, n) AS array_to_string(list_transform(a, lambda x: coalesce(CAST(x AS VARCHAR), n)), d)`,
  "array_max(a) AS CASE WHEN list_count(a) = len(a) THEN list_max(a) END",
  "array_min(a) AS CASE WHEN list_count(a) = len(a) THEN list_min(a) END",
  "array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST')",
  "array_remove(a, x) AS list_filter(a, lambda y: y <> x)",
  "array_distinct(a) AS list_filter(a, lambda x, i: list_position(a, x) = i)",
  "array_union(a, b) AS list_filter(a || b, lambda x, i: list_position(a || b, x) = i)",
  `array_except(a, b) AS list_filter(a, lambda x, i: list_position(a, x) = i AND coalesce(list_position(b, x), 0) = 0)`,
  "arrays_overlap(a, b) AS list_has_any(a, b)",
  "slice(a, s, n) AS list_slice(a, s, CASE WHEN s < 0 THEN len(a) + s ELSE s - 1 END + n)",
  "sequence(a, b) AS system.main.generate_series(a, b), " +
    "(a, b, c) AS list_transform(system.main.generate_series(a, b, c), lambda x: cast_to_type(x, a))",
  "trino_repeat(x, n) AS list_transform(system.main.generate_series(1, n), lambda i: x)",
  "map_entries(m) AS list_transform(system.main.map_entries(m), lambda e: {'field0': e.key, 'field1': e.value})",
  "trino_any(l) AS CASE WHEN list_contains(l, true) THEN true WHEN list_count(l) = len(l) THEN false END",
  "trino_all(l) AS CASE WHEN list_contains(l, false) THEN false WHEN list_count(l) = len(l) THEN true END",
  "trino_none(l) AS CASE WHEN list_contains(l, true) THEN false WHEN list_count(l) = len(l) THEN true END",
  "trino_zip(a, b) AS list_zip(a, b)",
  `zip${[2, 3, 4, 5].map(zipOf).join(", ")}`,
  "trino_part(pair, n) AS array_extract(pair, CAST(n AS BIGINT))",
  "flatten(a) AS system.main.flatten(a)",
];

const SUM = "CASE WHEN false THEN a + b END";
const EXACT = `typeof(${SUM})`;
const SIGNED_INFINITY = "CASE WHEN a > 0 THEN 'Infinity' WHEN a < 0 THEN '-Infinity' ELSE 'NaN' END";

const QUOTIENT = `CASE
     WHEN b = 0 THEN cast_to_type(CASE WHEN ${EXACT} IN ('DOUBLE', 'FLOAT') THEN ${SIGNED_INFINITY} END, ${SUM})
     ELSE CASE WHEN ${EXACT} LIKE 'DECIMAL%' THEN cast_to_type(CAST(a AS DOUBLE) / CAST(b AS DOUBLE), ${SUM})
       ELSE cast_to_type(a / b, ${SUM}) END END`;

/** Exact numbers divide exactly in Trino: integers to an integer, decimals to as many places as the longer one has. */
const NUMBER_FUNCTIONS = [
  `trino_divide(a, b) AS CASE WHEN b = 0 AND ${EXACT} NOT IN ('DOUBLE', 'FLOAT')
     THEN error('DIVISION_BY_ZERO: Division by zero') ELSE ${QUOTIENT} END`,
  `trino_try_divide(a, b) AS ${QUOTIENT}`,
  `trino_remainder(a, b) AS CASE WHEN b = 0 AND ${EXACT} NOT IN ('DOUBLE', 'FLOAT')
     THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a % b END`,
  "trino_try_remainder(a, b) AS a % b",
  `round(x) AS system.main.round(x),
     (x, n) AS cast_to_type(system.main.round(x, n), CASE WHEN false THEN x + x END)`,
  "greatest(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.greatest(a, b) END, " +
    "(a, b, c) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL THEN system.main.greatest(a, b, c) END",
  "least(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.least(a, b) END, " +
    "(a, b, c) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL THEN system.main.least(a, b, c) END",
  "truncate(x) AS trunc(x)",
  "e() AS 2.718281828459045e0",
  "infinity() AS CAST('Infinity' AS DOUBLE)",
  "nan() AS CAST('NaN' AS DOUBLE)",
  "rand() AS system.main.random()",
  "bitwise_and(a, b) AS a & b",
  "bitwise_or(a, b) AS a | b",
  "bitwise_xor(a, b) AS xor(a, b)",
  "bitwise_not(a) AS ~a",
  "bitwise_left_shift(a, n) AS a << n",
  "bitwise_right_shift(a, n) AS a >> n",
  "from_base(s, r) AS CASE r WHEN 16 THEN CAST('0x' || s AS BIGINT) WHEN 10 THEN CAST(s AS BIGINT) " +
    "ELSE error('NOT_SUPPORTED: from_base knows 10 and 16 in the local lake') END",
  "to_base(n, r) AS lower(system.main.to_base(n, r))",
];

const JSON_TEXT = "CASE WHEN typeof(x) = 'JSON' THEN CAST(x AS VARCHAR) END";

/** DuckDB refuses a function that may fail on purpose inside TRY, which is why some are here twice. */
const TEXT = `CASE
     WHEN typeof(x) = 'JSON' THEN CASE WHEN json_type(${JSON_TEXT}) NOT IN ('OBJECT', 'ARRAY')
       THEN json_extract_string(${JSON_TEXT}, '$') END
     WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN lake_double_text(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
     WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
     WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE'
       THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ), '%Y-%m-%d %H:%M:%S.%g UTC')
     ELSE CAST(x AS VARCHAR) END`;

const CAST_FUNCTIONS = [
  `trino_text(x) AS CASE WHEN json_type(${JSON_TEXT}) IN ('OBJECT', 'ARRAY')
     THEN error('INVALID_CAST_ARGUMENT: Cannot cast ' || CAST(x AS VARCHAR) || ' to varchar') ELSE ${TEXT} END`,
  `trino_try_text(x) AS ${TEXT}`,
  `trino_address(x) AS coalesce(lake_address(x), CASE WHEN x IS NOT NULL
     THEN error('INVALID_CAST_ARGUMENT: Cannot cast value to IPADDRESS: ' || x) END)`,
  "trino_try_address(x) AS lake_address(x)",
  `trino_in_network(n, x) AS coalesce(lake_in_network(n, x), CASE WHEN n IS NOT NULL AND x IS NOT NULL
     THEN error('INVALID_FUNCTION_ARGUMENT: Invalid CIDR') END)`,
];

/** What `typeof` and `format` are made of. */
const TYPE_FUNCTIONS = [
  `trino_typeof(x, unsure) AS CASE WHEN system.main.regexp_matches(system.main.typeof(x), unsure)
     THEN error('NOT_SUPPORTED: typeof of an expression over texts or decimals: the local lake keeps no lengths')
     ELSE lake_type(system.main.typeof(x)) END`,
  `trino_format_text(x) AS CASE WHEN system.main.typeof(x) IN ('DOUBLE', 'FLOAT')
       THEN lake_java_double(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
     WHEN regexp_matches(system.main.typeof(x), '^(TIMESTAMP|DATE|TIME|BLOB|.*(\\[\\]|\\)))') AND system.main.typeof(x) NOT LIKE 'DECIMAL%'
       THEN error('NOT_SUPPORTED: format takes text, numbers and booleans in the local lake; cast ' || system.main.typeof(x) || ' to varchar')
     ELSE CAST(x AS VARCHAR) END`,
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
  "concat(a, b) AS a || b",
  "replace(s, a) AS system.main.replace(s, a, ''), (s, a, b) AS system.main.replace(s, a, b)",
  "regexp_position(s, p) AS CASE WHEN regexp_matches(s, p) " +
    "THEN strpos(s, system.main.regexp_extract(s, p)) ELSE -1 END",
  "hamming_distance(a, b) AS hamming(a, b)",
  "levenshtein_distance(a, b) AS levenshtein(a, b)",
  "normalize(s) AS nfc_normalize(s)",
  "url_encode(s) AS system.main.replace(system.main.url_encode(s), '%20', '+')",
  "url_decode(s) AS system.main.url_decode(system.main.replace(s, '+', ' '))",
  "url_extract_protocol(u) AS nullif(system.main.regexp_extract(u, '^([A-Za-z][A-Za-z0-9+.-]*):', 1), '')",
  "url_extract_host(u) AS nullif(system.main.regexp_extract(u, '^[a-z]+://(?:[^/@?#]*@)?([^/:?#]+)', 1), '')",
  "url_extract_port(u) AS TRY_CAST(system.main.regexp_extract(u, '^[a-z]+://[^/?#]*:(\\d+)(?:[/?#]|$)', 1) AS BIGINT)",
  "url_extract_path(u) AS system.main.regexp_extract(u, '^[a-z]+://[^/?#]+([^?#]*)', 1)",
  "url_extract_query(u) AS system.main.regexp_extract(u, '\\?([^#]*)', 1)",
  "url_extract_fragment(u) AS system.main.regexp_extract(u, '#(.*)$', 1)",
  `md5(b) AS unhex(system.main.md5(b))`,
  `sha1(b) AS unhex(system.main.sha1(b))`,
  `sha256(b) AS unhex(system.main.sha256(b))`,
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
  "every(x) AS bool_and(x)",
  "geometric_mean(x) AS geomean(x)",
  "bitwise_and_agg(x) AS bit_and(x)",
  "bitwise_or_agg(x) AS bit_or(x)",
];

const ALL = [
  ...[...JSON_FUNCTIONS, ...TIME_FUNCTIONS, ...ARRAY_FUNCTIONS, ...NUMBER_FUNCTIONS, ...CAST_FUNCTIONS],
  ...[...STRING_FUNCTIONS, ...TYPE_FUNCTIONS, ...AGGREGATES],
];

/** @param schema the quoted name of the schema to make them in */
export const macrosSql = (schema: string): string =>
  ALL.map((definition) => `CREATE MACRO ${schema}.${definition};`).join("\n");
