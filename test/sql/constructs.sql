-- One construct a line; test/sql/record.ts asks a real Trino server for the answer of each and writes answers.ndjson.
-- JSON
SELECT json_extract_scalar('{"a":{"b":"x"}}', '$.a.b')
SELECT json_extract_scalar('{"a":1.50}', '$.a')
SELECT json_extract_scalar('{"a":true}', '$.a')
SELECT json_extract_scalar('{"a":null}', '$.a')
SELECT json_extract_scalar('{"a":[1]}', '$.a')
SELECT json_extract_scalar('{"a":[1,2]}', '$.a[1]')
SELECT json_extract_scalar('{"a b":1}', '$["a b"]')
SELECT json_extract_scalar('{"a.b":1}', '$["a.b"]')
SELECT json_extract_scalar('no json', '$.a')
SELECT json_extract_scalar(NULL, '$.a')
SELECT json_extract('{"a":{"b": [1, 2]}}', '$.a')
SELECT json_extract('{"a":"x"}', '$.a')
SELECT json_extract('{"a":1}', '$.none')
SELECT json_extract('{"a":null}', '$.a')
SELECT json_format(json_extract('{"a": {"b": 1}}', '$.a'))
SELECT json_array_contains('[1, 2, 3]', 2)
SELECT json_array_contains('["a", "b"]', 'b')
SELECT json_array_contains('["1"]', 1)
SELECT json_array_contains('[true]', true)
SELECT json_array_contains('{"a":1}', 'a')
SELECT json_array_contains(json_extract('{"ips":["10.0.0.1"]}', '$.ips'), '10.0.0.1')
SELECT json_array_get('["a", [3, 9], "c"]', 0)
SELECT json_array_get('["a", "b"]', -1)
SELECT json_array_length('[1, 2, 3]')
SELECT json_array_length('{"a":1}')
SELECT json_size('{"x": {"a": 1, "b": 2}}', '$.x')
SELECT json_size('{"x": [1, 2, 3]}', '$.x')
SELECT json_size('{"x": 1}', '$.x')
SELECT json_parse('{"b": 1, "a": [true]}')
SELECT json_format(JSON '{"b": 1, "a": 2}')
SELECT is_json_scalar('1'), is_json_scalar('[1]')
SELECT CAST(json_parse('[1, 2]') AS array(integer))
SELECT CAST(json_parse('["a", "b"]') AS array(varchar))
SELECT CAST(json_extract('{"tags":["a","b"]}', '$.tags') AS array(varchar))
SELECT CAST(json_parse('{"a": 1}') AS map(varchar, integer))
SELECT CAST(json_parse('"text"') AS varchar)
SELECT CAST(json_parse('12') AS bigint)
SELECT CAST('text' AS json)
SELECT CAST(ARRAY[1, 2] AS json)
SELECT CAST(map(ARRAY['a'], ARRAY[1]) AS json)
SELECT json_query('{"a": {"b": 1}}', 'lax $.a')
SELECT json_value('{"a": {"b": "x"}}', 'lax $.a.b')
SELECT json_value('{"a": [1, 2]}', 'lax $.a[1]' RETURNING bigint)
SELECT json_exists('{"a": 1}', 'lax $.a')
SELECT json_object('a': 1)
SELECT json_array(1, 2)
-- Arrays, maps and lambdas
SELECT ARRAY[1, 2, 3][2]
SELECT ARRAY[1, 2][5]
SELECT element_at(ARRAY[1, 2, 3], -1)
SELECT element_at(ARRAY[1, 2], 5)
SELECT element_at(map(ARRAY['a', 'b'], ARRAY[1, 2]), 'b')
SELECT element_at(map(ARRAY['a'], ARRAY[1]), 'z')
SELECT map(ARRAY['a'], ARRAY[1])['a']
SELECT map(ARRAY['a'], ARRAY[1])['z']
SELECT cardinality(ARRAY[1, 2, 3]), cardinality(map(ARRAY['a'], ARRAY[1]))
SELECT contains(ARRAY['a', 'b'], 'b'), contains(ARRAY['a'], 'z')
SELECT contains(ARRAY['a', NULL], 'z')
SELECT array_position(ARRAY['a', 'b'], 'b'), array_position(ARRAY['a'], 'z')
SELECT array_distinct(ARRAY[1, 1, 2])
SELECT array_join(ARRAY['a', NULL, 'b'], ',')
SELECT array_join(ARRAY['a', NULL, 'b'], ',', '-')
SELECT array_max(ARRAY[1, 3, 2]), array_min(ARRAY[1, 3, 2])
SELECT array_max(ARRAY[1, NULL])
SELECT array_sort(ARRAY[3, NULL, 1])
SELECT array_sort(ARRAY[1, 3, 2], (a, b) -> IF(a < b, 1, IF(a = b, 0, -1)))
SELECT array_remove(ARRAY[1, 2, 1], 1)
SELECT array_union(ARRAY[1, 2], ARRAY[2, 3])
SELECT array_intersect(ARRAY[1, 2], ARRAY[2, 3])
SELECT array_except(ARRAY[1, 2], ARRAY[2, 3])
SELECT arrays_overlap(ARRAY[1, 2], ARRAY[2, 3])
SELECT ARRAY[1] || ARRAY[2], ARRAY[1] || 2
SELECT concat(ARRAY[1], ARRAY[2])
SELECT slice(ARRAY[1, 2, 3, 4], 2, 2)
SELECT slice(ARRAY[1, 2, 3, 4], -2, 2)
SELECT sequence(1, 3)
SELECT sequence(1, 9, 4)
SELECT sequence(DATE '2020-01-01', DATE '2020-01-03', INTERVAL '1' DAY)
SELECT repeat('a', 3)
SELECT reverse(ARRAY[1, 2])
SELECT flatten(ARRAY[ARRAY[1], ARRAY[2, 3]])
SELECT shuffle(ARRAY[1])
SELECT zip(ARRAY[1, 2], ARRAY['a', 'b'])
SELECT ngrams(ARRAY['a', 'b', 'c'], 2)
SELECT combinations(ARRAY[1, 2, 3], 2)
SELECT any_match(ARRAY[1, 2], x -> x > 1)
SELECT any_match(ARRAY[1, NULL], x -> x > 1)
SELECT any_match(CAST(ARRAY[] AS array(integer)), x -> x > 1)
SELECT all_match(ARRAY[1, 2], x -> x > 0)
SELECT all_match(ARRAY[1, NULL], x -> x > 0)
SELECT none_match(ARRAY[1, 2], x -> x > 5)
SELECT none_match(ARRAY[1, NULL], x -> x > 5)
SELECT any_match(ARRAY['abc', 'def'], t -> t LIKE 'd%')
SELECT filter(ARRAY[1, 2, NULL], x -> x IS NOT NULL)
SELECT transform(ARRAY[1, 2], x -> x * 10)
SELECT transform(ARRAY['a'], x -> upper(x))
SELECT reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s)
SELECT reduce(ARRAY['a', 'b'], '', (s, x) -> s || x, s -> s || '!')
SELECT zip_with(ARRAY[1, 2], ARRAY[10, 20], (a, b) -> a + b)
SELECT map_keys(map(ARRAY['a', 'b'], ARRAY[1, 2])), map_values(map(ARRAY['a', 'b'], ARRAY[1, 2]))
SELECT map_entries(map(ARRAY['a'], ARRAY[1]))
SELECT map_concat(map(ARRAY['a'], ARRAY[1]), map(ARRAY['b'], ARRAY[2]))
SELECT map_filter(map(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v > 1)
SELECT map_from_entries(ARRAY[ROW('a', 1)])
SELECT transform_values(map(ARRAY['a'], ARRAY[1]), (k, v) -> v + 1)
SELECT transform_keys(map(ARRAY['a'], ARRAY[1]), (k, v) -> k || 'z')
SELECT map()
SELECT ROW(1, 'a')
SELECT CAST(ROW(1, 'a') AS ROW(x integer, y varchar))
SELECT CAST(ROW(1, 'a') AS ROW(x integer, y varchar)).y
SELECT split_to_map('a=1;b=2', ';', '=')
-- UNNEST and sources of rows
SELECT x FROM UNNEST(ARRAY[1, 2]) AS t(x) ORDER BY x
SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) ORDER BY n
SELECT e.id, t.x FROM (VALUES (1, ARRAY['a', 'b'])) AS e(id, xs) CROSS JOIN UNNEST(e.xs) AS t(x) ORDER BY x
SELECT e.id, t.x, t.n FROM (VALUES (1, ARRAY['a', 'b'])) AS e(id, xs) CROSS JOIN UNNEST(e.xs) WITH ORDINALITY AS t(x, n) ORDER BY n
SELECT e.id, x FROM (VALUES (1, ARRAY['a']), (2, ARRAY[])) AS e(id, xs) LEFT JOIN UNNEST(e.xs) AS t(x) ON TRUE ORDER BY id
SELECT x, y FROM UNNEST(ARRAY[1, 2], ARRAY['a', 'b']) AS t(x, y) ORDER BY x
SELECT k, v FROM UNNEST(map(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(k, v) ORDER BY k
SELECT x FROM UNNEST(CAST(json_parse('["a","b"]') AS array(varchar))) AS t(x) ORDER BY x
SELECT * FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y) ORDER BY x
VALUES 1
SELECT x FROM (VALUES 3, 1, 2) AS t(x) ORDER BY x OFFSET 1 LIMIT 1
SELECT x FROM (VALUES 3, 1, 2) AS t(x) ORDER BY x FETCH FIRST 2 ROWS ONLY
SELECT x FROM (VALUES 3, 1, 2) AS t(x) ORDER BY x OFFSET 1 ROW FETCH NEXT ROW ONLY
SELECT x FROM (VALUES 1, NULL) AS t(x) ORDER BY x
SELECT x FROM (VALUES 1, NULL) AS t(x) ORDER BY x DESC
SELECT x FROM (VALUES 1, NULL) AS t(x) ORDER BY x NULLS FIRST
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM b
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t ORDER BY n
SELECT a.x FROM (VALUES 1, 2) AS a(x) JOIN (VALUES 2) AS b(x) ON a.x = b.x
SELECT x FROM (VALUES 1, 2) AS a(x) WHERE EXISTS (SELECT 1 FROM (VALUES 2) AS b(y) WHERE b.y = a.x)
SELECT x FROM (VALUES 1, 2) AS a(x) EXCEPT SELECT 1
SELECT x FROM (VALUES 1, 2) AS a(x) INTERSECT SELECT 1
SELECT count(*) FROM (VALUES 1, 2, 3) AS t(x) TABLESAMPLE BERNOULLI (100)
-- Aggregation
SELECT count(*), count(x), count(DISTINCT x) FROM (VALUES 1, 1, NULL) AS t(x)
SELECT sum(x), avg(x), min(x), max(x) FROM (VALUES 1, 2) AS t(x)
SELECT sum(x) FROM (VALUES 1) AS t(x) WHERE x > 1
SELECT avg(x) FROM (VALUES 1.5, 2.0) AS t(x)
SELECT count_if(x > 1) FROM (VALUES 1, 2) AS t(x)
SELECT approx_distinct(x) FROM (VALUES 1, 2, 2) AS t(x)
SELECT approx_percentile(x, 0.5) FROM (VALUES 1, 2, 3) AS t(x)
SELECT arbitrary(x), any_value(x) FROM (VALUES 7) AS t(x)
SELECT max_by(y, x), min_by(y, x) FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y)
SELECT max_by(y, x, 2) FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(x, y)
SELECT max(x, 2) FROM (VALUES 1, 2, 3) AS t(x)
SELECT array_agg(x ORDER BY x) FROM (VALUES 2, 1) AS t(x)
SELECT array_agg(DISTINCT x) FROM (VALUES 1, 1) AS t(x)
SELECT array_agg(x) FILTER (WHERE x > 1) FROM (VALUES 1, 2) AS t(x)
SELECT map_agg(x, y) FROM (VALUES ('a', 1)) AS t(x, y)
SELECT multimap_agg(x, y) FROM (VALUES ('a', 1)) AS t(x, y)
SELECT histogram(x) FROM (VALUES 'a', 'a') AS t(x)
SELECT bool_and(x), bool_or(x), every(x) FROM (VALUES true, false) AS t(x)
SELECT listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a') AS t(x)
SELECT string_agg(x, ',') FROM (VALUES 'a') AS t(x)
SELECT set_agg(x) FROM (VALUES 1) AS t(x)
SELECT checksum(x) FROM (VALUES 1) AS t(x)
SELECT geometric_mean(x) FROM (VALUES 4, 9) AS t(x)
SELECT stddev(x), variance(x) FROM (VALUES 1, 2, 3) AS t(x)
SELECT stddev_pop(x), var_pop(x) FROM (VALUES 1, 3) AS t(x)
SELECT corr(x, y) FROM (VALUES (1, 2), (2, 4)) AS t(x, y)
SELECT bitwise_and_agg(x), bitwise_or_agg(x) FROM (VALUES 3, 5) AS t(x)
SELECT reduce_agg(x, 0, (a, b) -> a + b, (a, b) -> a + b) FROM (VALUES 1, 2) AS t(x)
SELECT x, count(*) FROM (VALUES 'a', 'b', 'a') AS t(x) GROUP BY x ORDER BY 2 DESC
SELECT x, count(*) FROM (VALUES 'a', 'b', 'a') AS t(x) GROUP BY 1 HAVING count(*) > 1
SELECT x, y, count(*) FROM (VALUES ('a', 1)) AS t(x, y) GROUP BY GROUPING SETS ((x), (x, y), ()) ORDER BY x, y
SELECT x, count(*) FROM (VALUES 'a') AS t(x) GROUP BY ROLLUP (x) ORDER BY x
SELECT x, y, count(*) FROM (VALUES ('a', 1)) AS t(x, y) GROUP BY CUBE (x, y) ORDER BY x, y
SELECT x, grouping(x) FROM (VALUES 'a') AS t(x) GROUP BY ROLLUP (x) ORDER BY x
SELECT DISTINCT x FROM (VALUES 1, 1) AS t(x)
-- Window functions
SELECT x, row_number() OVER (ORDER BY x) FROM (VALUES 'a', 'b') AS t(x) ORDER BY x
SELECT x, rank() OVER (ORDER BY x), dense_rank() OVER (ORDER BY x) FROM (VALUES 1, 1, 2) AS t(x) ORDER BY x
SELECT x, lag(x) OVER (ORDER BY x), lead(x, 1, 0) OVER (ORDER BY x) FROM (VALUES 1, 2) AS t(x) ORDER BY x
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT x, first_value(x) OVER (ORDER BY x), ntile(2) OVER (ORDER BY x) FROM (VALUES 1, 2) AS t(x) ORDER BY x
SELECT x, count(*) OVER (PARTITION BY x) FROM (VALUES 'a', 'a', 'b') AS t(x) ORDER BY x
SELECT x, sum(x) OVER w FROM (VALUES 1, 2) AS t(x) WINDOW w AS (ORDER BY x) ORDER BY x
-- Time
SELECT from_iso8601_timestamp('2020-06-19T01:02:03Z')
SELECT from_iso8601_timestamp('2020-06-19T01:02:03.456+02:00')
SELECT from_iso8601_timestamp('2020-06-19')
SELECT from_iso8601_date('2020-06-19')
SELECT to_iso8601(TIMESTAMP '2020-06-19 01:02:03.456')
SELECT to_iso8601(from_iso8601_timestamp('2020-06-19T01:02:03Z'))
SELECT to_iso8601(DATE '2020-06-19')
SELECT date_trunc('hour', TIMESTAMP '2020-06-19 01:02:03')
SELECT date_trunc('day', from_iso8601_timestamp('2020-06-19T01:02:03Z'))
SELECT date_trunc('month', DATE '2020-06-19')
SELECT date_trunc('week', TIMESTAMP '2020-06-19 01:02:03')
SELECT date_add('day', 1, DATE '2020-02-28')
SELECT date_add('hour', -2, TIMESTAMP '2020-01-01 01:00:00')
SELECT date_add('month', 1, DATE '2020-01-31')
SELECT date_add('quarter', 1, DATE '2020-01-31')
SELECT date_add('minute', 90, from_iso8601_timestamp('2020-01-01T00:00:00Z'))
SELECT date_diff('hour', TIMESTAMP '2020-01-01 00:30:00', TIMESTAMP '2020-01-01 02:00:00')
SELECT date_diff('day', DATE '2020-01-01', DATE '2020-03-01')
SELECT date_diff('month', DATE '2020-01-31', DATE '2020-02-29')
SELECT date_diff('second', from_iso8601_timestamp('2020-01-01T00:00:00Z'), from_iso8601_timestamp('2020-01-01T00:01:00Z'))
SELECT TIMESTAMP '2020-01-01 00:00:00' + INTERVAL '1' DAY
SELECT DATE '2020-01-01' + INTERVAL '2' DAY
SELECT DATE '2020-03-31' - INTERVAL '1' MONTH
SELECT TIMESTAMP '2020-01-02 00:00:00' - TIMESTAMP '2020-01-01 00:00:00'
SELECT INTERVAL '2' HOUR
SELECT year(DATE '2020-06-19'), month(DATE '2020-06-19'), day(DATE '2020-06-19'), hour(TIMESTAMP '2020-06-19 01:02:03')
SELECT day_of_week(DATE '2020-06-21'), dow(DATE '2020-06-21'), day_of_year(DATE '2020-06-19'), week(DATE '2020-06-19'), quarter(DATE '2020-06-19')
SELECT extract(hour FROM TIMESTAMP '2020-06-19 01:02:03'), extract(dow FROM DATE '2020-06-21')
SELECT minute(TIMESTAMP '2020-06-19 01:02:03'), second(TIMESTAMP '2020-06-19 01:02:03.5'), millisecond(TIMESTAMP '2020-06-19 01:02:03.5')
SELECT last_day_of_month(DATE '2020-02-05')
SELECT from_unixtime(1592528523)
SELECT from_unixtime(1592528523.5)
SELECT to_unixtime(TIMESTAMP '2020-06-19 01:02:03')
SELECT date_format(TIMESTAMP '2020-06-19 01:02:03', '%Y-%m-%d %H:%i:%s')
SELECT date_format(TIMESTAMP '2020-06-09 01:02:03', '%e %b %y %T %p %W %j %c %k %l %M %a %f')
SELECT date_parse('2020-06-19 01:02:03', '%Y-%m-%d %H:%i:%s')
SELECT date_parse('19/Jun/2020', '%d/%b/%Y')
SELECT format_datetime(TIMESTAMP '2020-06-19 01:02:03', 'yyyy-MM-dd HH:mm:ss')
SELECT format_datetime(TIMESTAMP '2020-06-19 01:02:03', 'EEE, d MMM yyyy')
SELECT parse_datetime('2020/06/19/01', 'yyyy/MM/dd/HH')
SELECT parse_datetime('2020-06-19 01:02:03 +0200', 'yyyy-MM-dd HH:mm:ss Z')
SELECT at_timezone(from_iso8601_timestamp('2020-06-19T01:02:03Z'), 'Europe/Berlin')
SELECT from_iso8601_timestamp('2020-06-19T01:02:03Z') AT TIME ZONE 'America/New_York'
SELECT CAST('2020-06-19 01:02:03' AS timestamp)
SELECT CAST(from_iso8601_timestamp('2020-06-19T01:02:03Z') AS date)
SELECT CAST(TIMESTAMP '2020-06-19 01:02:03' AS varchar)
SELECT CAST(DATE '2020-06-19' AS timestamp)
SELECT date('2020-06-19'), date(TIMESTAMP '2020-06-19 01:02:03')
SELECT DATE '2020-06-19' < DATE '2020-06-20'
SELECT typeof(current_timestamp), typeof(current_date), typeof(now())
SELECT human_readable_seconds(96)
SELECT with_timezone(TIMESTAMP '2020-06-19 01:02:03', 'Europe/Berlin')
SELECT TIMESTAMP '2020-06-19 01:02:03 UTC'
SELECT timezone_hour(TIMESTAMP '2020-06-19 01:02:03 UTC')
SELECT parse_duration('1.5h')
-- Text
SELECT regexp_like('1a 2b', '\d+b'), regexp_like('abc', '^b')
SELECT regexp_like('abc', '(?i)ABC')
SELECT regexp_like('abc', 'a(?=b)')
SELECT regexp_like('abab', '(ab)\1')
SELECT regexp_extract('1a 2b 14m', '\d+'), regexp_extract('1a 2b', '(\d+)([a-z]+)', 2), regexp_extract('x', '\d')
SELECT regexp_extract('user=bob ip=1', 'user=(?<name>\w+)', 1)
SELECT regexp_extract_all('1a 2b 14m', '\d+'), regexp_extract_all('1a 2b', '(\d+)([a-z]+)', 2)
SELECT regexp_replace('1a 2b', '\d+'), regexp_replace('1a 2b', '(\d+)([a-z])', 'x$2')
SELECT regexp_replace('bob', '(?<first>b)', '${first}!')
SELECT regexp_replace('ab', '[a-z]', x -> upper(x[1]))
SELECT regexp_split('1a 2b', '\s*[a-z]+\s*'), regexp_count('1a 2b', '[a-z]'), regexp_position('1a 2b', '\s')
SELECT split('a,b,c', ','), split('a,b,c', ',', 2), split_part('a,b', ',', 2), split_part('a,b', ',', 5)
SELECT split('', ',')
SELECT concat('a', 'b', 'c'), 'a' || 'b', concat('a', NULL)
SELECT concat('a', 'b', 'c', 'd', 'e', 'f')
SELECT concat_ws('-', 'a', NULL, 'b')
SELECT upper('a'), lower('A'), length('abc'), length('äb'), reverse('abc'), trim(' a '), ltrim(' a'), rtrim('a ')
SELECT trim(BOTH 'x' FROM 'xax'), trim(LEADING 'x' FROM 'xa')
SELECT substr('abcdef', 2, 3), substr('abcdef', -2), substring('abc', 2), substring('abcdef' FROM 2 FOR 2)
SELECT strpos('abcabc', 'c'), strpos('abcabc', 'c', 2), position('b' IN 'abc'), strpos('a', 'z')
SELECT replace('abab', 'a'), replace('abab', 'a', 'x'), translate('abc', 'ab', 'xy')
SELECT starts_with('abc', 'ab'), ends_with('abc', 'bc')
SELECT lpad('7', 2, '0'), rpad('7', 3, 'x'), lpad('abc', 2, 'x')
SELECT 'abc' LIKE 'a%', 'a_c' LIKE 'a\_c' ESCAPE '\', 'ABC' LIKE 'abc'
SELECT 'a' BETWEEN 'a' AND 'b', 'a' IN ('a', 'b'), 'a' NOT IN ('b')
SELECT chr(65), codepoint('A'), hamming_distance('abc', 'abd'), levenshtein_distance('abc', 'ab'), soundex('Robert')
SELECT normalize('a'), word_stem('running')
SELECT to_utf8('a'), from_utf8(to_utf8('a')), to_hex(to_utf8('a')), from_hex('61')
SELECT to_base64(to_utf8('abc')), from_base64('YWJj'), from_utf8(from_base64('YWJj')), to_base64url(to_utf8('a?>'))
SELECT md5(to_utf8('a')), to_hex(sha256(to_utf8('a'))), to_hex(sha1(to_utf8('a'))), crc32(to_utf8('a'))
SELECT to_hex(sha512(to_utf8('a'))), to_hex(xxhash64(to_utf8('a')))
SELECT url_extract_host('https://u@example.com:8080/p/a?x=1#f'), url_extract_path('https://example.com/p/a?x=1'), url_extract_query('https://example.com/p?x=1&y=2#f'), url_extract_parameter('https://example.com/?x=1&y=2', 'y')
SELECT url_extract_protocol('https://example.com/'), url_extract_port('https://example.com:8080/'), url_extract_fragment('https://example.com/#f')
SELECT url_encode('a b/c'), url_decode('a%20b%2Fc')
SELECT format('%s is %d', 'a', 5), format('%05.1f', 2.5)
SELECT format_number(1234567)
SELECT U&'\0041', 'it''s'
-- Conditions, casts and arithmetic
SELECT IF(true, 1, 2), IF(false, 1), coalesce(NULL, 2), nullif(1, 1), CASE 1 WHEN 1 THEN 'a' ELSE 'b' END
SELECT TRY(1 / 0), TRY(CAST('x' AS integer)), TRY_CAST('x' AS integer), TRY_CAST('1' AS integer)
SELECT CAST('12' AS integer), CAST(1 AS varchar), CAST(1.5 AS integer), CAST('true' AS boolean), CAST(2.5 AS integer)
SELECT CAST('x' AS integer)
SELECT 7 / 2, -7 / 2, 7 % 3, 7.0 / 2, 7e0 / 2, 1 / 3.0
SELECT 1 / 0
SELECT 1.0 / 3, 2.00 * 1.5, 1.1 + 1.12
SELECT CAST(1 AS double), CAST(1e10 AS double), 1e0 / 3, infinity(), nan()
SELECT CAST(1.5 AS real), CAST(1 AS decimal(5, 2)), DECIMAL '1.50'
SELECT abs(-1), ceil(1.2), ceiling(1.2e0), floor(-1.2), round(1.25, 1), round(2.5), sign(-3), mod(7, 3), power(2, 3), sqrt(9), truncate(1.9e0)
SELECT greatest(1, 3, 2), least(1, 3, 2), greatest(1, NULL)
SELECT exp(0), ln(1), log2(8), log10(100), log(2, 8), cbrt(27), pi(), e(), degrees(0), radians(0)
SELECT bitwise_and(6, 3), bitwise_or(6, 3), bitwise_xor(6, 3), bitwise_not(0), bitwise_left_shift(1, 3), bitwise_right_shift(8, 2), bit_count(7, 64)
SELECT from_base('ff', 16), to_base(255, 16), width_bucket(5e0, 0, 10, 5)
SELECT 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL, true AND NULL, false OR NULL
SELECT typeof(1), typeof('a'), typeof(1.5), typeof(1e0), typeof(ARRAY[1]), typeof(map(ARRAY['a'], ARRAY[1])), typeof(true), typeof(NULL)
SELECT typeof(count(*)), typeof(sum(1)) FROM (VALUES 1) AS t(x)
SELECT 9223372036854775807 + 1
SELECT sum(x) FROM (VALUES 9223372036854775807, 1) AS t(x)
SELECT '1' = 1
SELECT 'a' < 1
SELECT CAST('a' AS varchar(3)), CAST('abcdef' AS varchar(3)), CAST('a' AS char(3))
SELECT X'6162', CAST('ab' AS varbinary)
SELECT uuid() IS NOT NULL, typeof(uuid())
SELECT CAST('12151fd2-7586-11e9-8f9e-2a86e4085a59' AS uuid)
SELECT rand() < 1, random(5) < 5
SELECT x.a FROM (SELECT CAST(ROW(1) AS ROW(a integer)) AS x)
SELECT "a" FROM (VALUES 1) AS t("a")
SELECT a.* FROM (VALUES (1, 2)) AS a(x, y)
SELECT 1 AS "Mixed Case"
SELECT count(*) AS n FROM (VALUES 1) AS t(x) WHERE x = 1 AND NOT x = 2 OR x IS NULL
SELECT (1, 2) = (1, 2), (1, 'a') IN ((1, 'a'), (2, 'b'))
SELECT 5 > ALL (VALUES 1, 2), 5 = ANY (VALUES 5, 6), 5 < SOME (VALUES 1)
SELECT (SELECT max(x) FROM (VALUES 1, 2) AS t(x))
-- Addresses
SELECT CAST('10.0.0.1' AS ipaddress)
SELECT contains('10.0.0.0/8', CAST('10.1.2.3' AS ipaddress)), contains('10.0.0.0/8', CAST('11.1.2.3' AS ipaddress))
SELECT contains('2001:db8::/32', CAST('2001:db8::1' AS ipaddress)), contains('2001:db8::/32', CAST('10.0.0.1' AS ipaddress))
SELECT contains('10.0.0.0/8', TRY_CAST('no address' AS ipaddress))
SELECT CAST('2001:DB8:0:0:0:0:0:1' AS ipaddress) = CAST('2001:db8::1' AS ipaddress)
SELECT CAST(CAST('2001:DB8:0:0::1' AS ipaddress) AS varchar), CAST(CAST('::ffff:1.2.3.4' AS ipaddress) AS varchar)
SELECT CAST('no address' AS ipaddress)
SELECT CAST('10.0.0.2' AS ipaddress) < CAST('10.0.0.10' AS ipaddress)
SELECT ip_prefix(CAST('10.1.2.3' AS ipaddress), 8)
-- Mistakes
SELECT nope FROM (VALUES 1) AS t(x)
SELECT nope(1)
SELECT x FROM (VALUES 1) AS t(x) GROUP BY y
SELECT x, count(*) FROM (VALUES 1) AS t(x)
SELECT FROM
SELECT length(1)
SELECT upper(ARRAY['a'])
