import { readFileSync } from "node:fs";
import { AthenaClient } from "@aws-sdk/client-athena";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runQuery } from "../../handlers/cli/athena.ts";
import { type Lab, openLab } from "../infra/local/athena-lab.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const QUERIES = [...README.matchAll(/^```sql\n([\s\S]*?)^```/gm)].map(([, sql = ""]) => sql.trim());

const event = (eventid: string, details: object) => ({
  eventid,
  utctimestamp: "2020-06-19T01:02:03+00:00",
  source: "cloudtrail",
  tags: ["cloudtrail"],
  details: JSON.stringify(details),
});
const LOGIN = { eventname: "ConsoleLogin", errorcode: "Denied", "user agent": "curl", resources: [{ size: 7 }] };

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
  await lab.put("2020/06/19/01", [
    event("1", { ...LOGIN, _ipaddresses: ["192.0.2.7"], parameters: [{ name: "a", value: "b" }] }),
  ]);
  await lab.put("2020/09/07/18", [event("2", { _ipaddresses: ["7.1.14.12"] })]);
});
afterAll(() => lab.close());

test.each(QUERIES)("README's SQL runs, and a SELECT finds its event: %s", async (sql) => {
  const athena = new AthenaClient({
    endpoint: lab.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const { rows } = await runQuery(athena, sql);
  if (/^SELECT/i.test(sql)) expect(rows).toHaveLength(1);
});
