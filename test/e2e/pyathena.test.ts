import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DATABASE, type Lab, openLab, WORKGROUP } from "../infra/local/athena-lab.ts";

/** A Python with the packages, named by LAKE_TEST_PYTHON; the one on the path otherwise. Nothing is installed here. */
const PYTHON = process.env.LAKE_TEST_PYTHON ?? "python3";
const hasPyAthena = spawnSync(PYTHON, ["-c", "import pyathena.pandas.cursor, pandas"]).status === 0;
if (!hasPyAthena)
  console.log(`pyathena: skipped, because ${PYTHON} has no pyathena and pandas (pip install; or set LAKE_TEST_PYTHON)`);

const ADDRESS = "7.1.14.12";

const event = (eventid: string, details: object, more: object = {}) => ({
  eventid,
  utctimestamp: "2020-09-07T18:00:01+00:00",
  summary: `a "quoted", summary\nof two lines`,
  source: "cloudtrail",
  tags: ["cloudtrail", "a"],
  details: JSON.stringify(details),
  ...more,
});

const BY_ADDRESS = `
SELECT
    utctimestamp,
    summary,
    source,
    details,
    tags
FROM defenda_data_lake.events
    where
        source ='cloudtrail'
    AND json_array_contains(json_extract(details,'$._ipaddresses'),'${ADDRESS}')
    AND year='2020'
    AND month='09'
    AND day='07'
    AND hour='18'
    LIMIT 100;
`;
const LOGINS = `SELECT utctimestamp,
         summary,
         source,
         details

FROM "defenda_data_lake"."events"
    where
    source='cloudtrail' AND json_extract_scalar(details,'$.eventname') = 'ConsoleLogin'
    AND (
            (year='2020'
            AND month='06'
            AND day='19'
            AND hour='01')
            OR
            (year='2020'
            AND month='06'
            AND day='19'
            AND hour='00')
    )
    limit 100
`;

/** The original's README, with today's names of the two modules and an import that it forgot. */
const SEED = `
import json
from pyathena import connect
from pyathena.pandas.util import as_pandas
from pyathena.pandas.cursor import PandasCursor
import pandas as pd

cursor = connect(work_group='defenda_data_lake',region_name='us-west-2',cursor_class=PandasCursor).cursor()

cursor.execute("""${BY_ADDRESS}""")
df = as_pandas(cursor)
df.head()
query_results=[]
for message in df.to_dict('records'):
    message['details']=json.loads(message['details'])
    query_results.append(message)
print(json.dumps(query_results))
`;

describe.skipIf(!hasPyAthena)("PyAthena", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
    await lab.put("2020/09/07/18", [
      event("1", { _ipaddresses: [ADDRESS] }),
      event("2", { _ipaddresses: ["7.1.14.13"] }),
      event("3", { _ipaddresses: [ADDRESS] }, { summary: null }),
      event("4", {}, { summary: "" }),
    ]);
    await lab.put("2020/06/19/01", [event("5", { eventname: "ConsoleLogin" })]);
    await lab.put("2020/06/19/00", [event("6", { eventname: "ConsoleLogin" }), event("7", { eventname: "Other" })]);
  });
  afterAll(() => lab.close());

  async function python(program: string): Promise<unknown> {
    const env = {
      PATH: process.env.PATH,
      AWS_ENDPOINT_URL: lab.url,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
    };
    const { stdout } = await promisify(execFile)(PYTHON, ["-c", program], { env });
    return JSON.parse(stdout.replaceAll("NaN", "null")); // pandas' null
  }
  /** The rows of each query by a cursor of each class. */
  const rows = (classes: readonly string[], queries: readonly string[], more = "") =>
    python(`
import json
from pyathena import connect
from pyathena.cursor import Cursor, DictCursor
from pyathena.pandas.cursor import PandasCursor
def open_cursor(cursor_class):
  return connect(work_group=${JSON.stringify(WORKGROUP)}, schema_name=${JSON.stringify(DATABASE)}, region_name="us-east-1",
    endpoint_url=${JSON.stringify(lab.url)}, poll_interval=0.05, cursor_class=cursor_class).cursor()
def rows(cursor, sql):
  cursor.execute(sql${more})
  return [list(row.values()) if isinstance(row, dict) else list(row) for row in cursor.fetchall()]
queries = json.loads(r'''${JSON.stringify(queries)}''')
print(json.dumps([[rows(cursor, sql) for sql in queries] for cursor in map(open_cursor, [${classes}])], default=str))
`);

  test("the Python section of the original's README", async () => {
    expect(await python(SEED)).toMatchObject([
      { source: "cloudtrail", tags: "[cloudtrail, a]", details: { _ipaddresses: [ADDRESS] } },
      { details: { _ipaddresses: [ADDRESS] } },
    ]);
  });

  test("Cursor, DictCursor and PandasCursor run the original's queries", async () => {
    const login = expect.arrayContaining([`a "quoted", summary\nof two lines`]);
    const answers = [[login, login], expect.objectContaining({ length: 2 })];
    const found = await rows(["Cursor", "DictCursor", "PandasCursor"], [LOGINS, BY_ADDRESS]);
    expect(found).toEqual([answers, answers, answers]);
  });

  test("statements that change the catalog, by each cursor", async () => {
    const make = "CREATE OR REPLACE VIEW py AS SELECT eventid FROM events WHERE year = '2020'";
    const keep = "CREATE TABLE IF NOT EXISTS py_kept WITH (format = 'JSON') AS SELECT eventid FROM py";
    const count = "SELECT count(*) AS n FROM py_kept";
    const run = [make, keep, count, "DROP TABLE py_kept", "DROP VIEW py", "SHOW TABLES"];
    const answers = (count: number | string) => [[], [], [[count]], [], [], [["events"]]];
    const inPandas = answers("7"); // a number of numpy's, which json writes as text
    expect(await rows(["Cursor", "DictCursor", "PandasCursor"], run)).toEqual([answers(7), answers(7), inPandas]);
  });

  test("parameters are put in, and null is not the empty string", async () => {
    const sql = "SELECT summary FROM events WHERE year = ? AND eventid IN ('3', '4') ORDER BY eventid";
    expect(await rows(["Cursor"], [sql], `, ["2020"], paramstyle="qmark"`)).toEqual([[[[null], [""]]]]);
  });

  test("values have Python's types", async () => {
    const sql = "SELECT 1, 1.5, 1e0, true, DATE '2020-01-02', TIMESTAMP '2020-01-02 03:04:05.678', ARRAY['a']";
    expect(await rows(["Cursor"], [sql])).toEqual([
      [[[1, "1.5", 1, true, "2020-01-02", "2020-01-02 03:04:05.678000", ["a"]]]],
    ]);
  });
});
