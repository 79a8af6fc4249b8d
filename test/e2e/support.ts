import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AthenaClient } from "@aws-sdk/client-athena";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { runQuery } from "../../handlers/cli/athena.ts";
import type { LakeFile } from "../../handlers/cli/target.ts";

const CLI = fileURLToPath(new URL("../../handlers/cli/lake.ts", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the CLI to its end, as a process of its own. */
export async function lake(args: readonly string[], input = ""): Promise<Finished> {
  const child = spawn(process.execPath, [CLI, ...args]);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output.stderr += text;
  });
  child.stdin.on("error", () => {}).end(input, "latin1");
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...output };
}

export interface RunningLake extends LakeFile {
  readonly dir: string;
  /** Rows of a query, as `lake query` gets them. */
  query(sql: string): Promise<Record<string, string | null>[]>;
  /** Puts payloads over the Kinesis protocol with the JavaScript SDK. */
  put(payloads: readonly (string | Uint8Array)[]): Promise<void>;
  /** Asks until the answer suits, and fails with the last answer when it never does. */
  until(
    sql: string,
    suits: (rows: Record<string, string | null>[]) => boolean,
  ): Promise<Record<string, string | null>[]>;
  kill(signal: "SIGKILL" | "SIGINT"): Promise<number | null>;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "lake-test-"));
}

export function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** Starts a lake in a process of its own and waits until it says that it is up. */
export async function startLake(dir: string, ...options: string[]): Promise<RunningLake> {
  const ports = ["--port", "0", "--bulk-port", "0", ...(options.includes("--console-port") ? [] : ["--no-console"])];
  const child = spawn(process.execPath, [CLI, "up", "--dir", dir, ...ports, ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let printed = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    printed += text;
  });
  const file = await lakeFile(child, dir, () => printed);
  const kinesis = new KinesisClient({ endpoint: file.endpoint, region: "us-east-1", credentials: CREDENTIALS });
  const athena = new AthenaClient({ endpoint: file.endpoint, region: "us-east-1", credentials: CREDENTIALS });
  const query = async (sql: string) => {
    const { header, rows } = await runQuery(athena, sql);
    return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? null])));
  };
  return {
    ...file,
    dir,
    query,
    async put(payloads) {
      const Records = payloads.map((payload, i) => ({ Data: Buffer.from(payload), PartitionKey: `key-${i}` }));
      const { FailedRecordCount } = await kinesis.send(
        new PutRecordsCommand({ StreamName: file.outputs.StreamName, Records }),
      );
      if (FailedRecordCount) throw new Error(`${FailedRecordCount} records failed`);
    },
    async until(sql, suits) {
      for (let tries = 0; ; tries++) {
        const rows = await query(sql);
        if (suits(rows)) return rows;
        if (tries === 40) throw new Error(`never: ${sql}\nlast: ${JSON.stringify(rows)}\n${printed}`);
        await sleep(250);
      }
    },
    async kill(signal) {
      if (child.exitCode !== null) return child.exitCode;
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      child.kill(signal);
      return ended;
    },
  };
}

const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

async function lakeFile(child: ChildProcess, dir: string, printed: () => string): Promise<LakeFile> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) break;
    try {
      const file: LakeFile = JSON.parse(readFileSync(join(dir, "lake.json"), "utf8"));
      if (file.pid === child.pid) return file;
    } catch {
      // Not up yet.
    }
    await sleep(100);
  }
  child.kill("SIGKILL");
  throw new Error(`the lake did not come up:\n${printed()}`);
}
