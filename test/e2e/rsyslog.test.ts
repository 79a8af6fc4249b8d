import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, describe, expect, test } from "vitest";
import { type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

/** Debian has it in /usr/sbin, which is not on every user's path. */
const PATH = `${process.env.PATH}:/usr/sbin`;

/** rsyslog says what is wrong with a configuration, a module that is not there included. */
function hasModule(): boolean {
  const folder = temporaryFolder();
  const file = join(folder, "module.conf");
  writeFileSync(file, 'module(load="omelasticsearch")\n');
  const { error, stderr } = spawnSync("rsyslogd", ["-N1", "-f", file], {
    encoding: "utf8",
    env: { ...process.env, PATH },
  });
  remove(folder);
  return error === undefined && !stderr.includes("could not load module");
}

const canRun = hasModule();
if (!canRun)
  console.warn("rsyslog with omelasticsearch is not installed (Debian: rsyslog-elasticsearch): its test is skipped");

const LINES = 10_000;

/** As in rsyslog's manual for omelasticsearch, "Example 2": a queue of its own, bulk mode, and to try for ever. */
function configuration(dir: string, port: string, { username, password }: Credentials): string {
  return `
global(workDirectory="${dir}")
module(load="imfile")
module(load="omelasticsearch")
template(name="searchIndex" type="string" string="logs")
template(name="plain-syslog" type="list" option.json="on") {
  constant(value="{\\"timestamp\\":\\"")  property(name="timereported" dateFormat="rfc3339")
  constant(value="\\",\\"message\\":\\"") property(name="msg")
  constant(value="\\",\\"host\\":\\"")    property(name="hostname")
  constant(value="\\",\\"severity\\":\\"") property(name="syslogseverity-text")
  constant(value="\\",\\"syslogtag\\":\\"") property(name="syslogtag")
  constant(value="\\"}")
}
input(type="imfile" file="${join(dir, "in.log")}" tag="probe:")
action(type="omelasticsearch" server="127.0.0.1" serverport="${port}"
  uid="${username}" pwd="${password}" template="plain-syslog" searchIndex="searchIndex" dynSearchIndex="on"
  searchType="" bulkmode="on" errorfile="${join(dir, "errors.json")}"
  queue.type="linkedlist" queue.size="20000" queue.dequeuebatchsize="300"
  action.resumeretrycount="-1" action.resumeinterval="1")
`;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Reads them as an administrator would: from the secret that the template's output names. */
async function credentialsOf({ endpoint, outputs }: RunningLake): Promise<Credentials> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new SecretsManagerClient({ endpoint, region: "us-east-1", credentials });
  const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: outputs.BulkSecret }));
  client.destroy();
  return JSON.parse(SecretString);
}

function startRsyslog(dir: string, port: string, credentials: Credentials): ChildProcess {
  const file = join(dir, "rsyslog.conf");
  writeFileSync(file, configuration(dir, port, credentials));
  return spawn("rsyslogd", ["-n", "-f", file, "-i", join(dir, "rsyslogd.pid")], {
    stdio: "ignore",
    env: { ...process.env, PATH },
  });
}

/** Writes 5,000 lines a second, so that the lake can die between two of them. */
async function write(file: string, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 250) {
    appendFileSync(file, Array.from({ length: 250 }, (_, i) => `line=${n + i} said "hello" \\ to é\n`).join(""));
    await sleep(50);
  }
}

describe.skipIf(!canRun)("rsyslog's omelasticsearch", () => {
  const dir = temporaryFolder();
  const agent = join(dir, "rsyslog");
  let rsyslog: ChildProcess | undefined;
  let lake: RunningLake | undefined;
  afterAll(async () => {
    rsyslog?.kill("SIGKILL");
    await lake?.kill("SIGINT");
    remove(dir);
  });

  test("delivers 10,000 lines to SQL, none lost, with the lake killed and started again half-way", async () => {
    mkdirSync(agent);
    lake = await startLake(dir, "--buffer-seconds", "1");
    const { port } = new URL(lake.outputs.BulkUrl ?? "");
    rsyslog = startRsyslog(agent, port, await credentialsOf(lake));
    const input = join(agent, "in.log");
    await write(input, 0, LINES / 2);
    await lake.until("SELECT count(*) AS n FROM events", ([row]) => Number(row?.n) > 0);
    const written = write(input, LINES / 2, LINES);
    await sleep(300);
    await lake.kill("SIGKILL");
    lake = await startLake(dir, "--buffer-seconds", "1", "--bulk-port", port);
    await written;
    const lines = `SELECT count(DISTINCT regexp_extract(json_extract_scalar(details, '$.message'), 'line=(\\d+)', 1)) AS n
      FROM events WHERE json_extract_scalar(details, '$.syslogtag') = 'probe:'`;
    expect(await lake.until(lines, ([row]) => row?.n === String(LINES))).toEqual([{ n: String(LINES) }]);
    const [row] = await lake.query(`SELECT json_extract_scalar(details, '$.message') AS message FROM events
      WHERE json_extract_scalar(details, '$.message') LIKE 'line=77 %'`);
    expect(row?.message).toBe('line=77 said "hello" \\ to é');
  }, 120_000);
});
