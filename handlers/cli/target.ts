import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { paint, say } from "./terminal.ts";

/** What a running local lake writes to its folder, for the commands that talk to it. */
export interface LakeFile {
  readonly endpoint: string;
  /** The console's URL with its token; absent when it is not served. */
  readonly console?: string;
  readonly pid: number;
  /** The template's outputs: `StreamName`, `LakeBucket`... */
  readonly outputs: Readonly<Record<string, string>>;
}

export const LAKE_FILE = "lake.json";
export const DEFAULT_DIR = ".lake";

/** Where a command goes: the lake on this machine, or AWS by the usual environment, profile and region. */
export interface Target {
  readonly name: "local" | "AWS";
  /** For every SDK client: HTTP/1.1, which the local endpoint speaks, and the endpoint and credentials when it is local. */
  readonly client: {
    readonly requestHandler: NodeHttpHandler;
    readonly endpoint?: string;
    readonly region?: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The template's outputs; empty for AWS, where they would have to be asked for. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface TargetOptions {
  readonly dir: string;
  readonly aws?: boolean;
}

/** The lake that runs in the folder when one is up, else AWS; says which on standard error. */
export function findTarget({ dir, aws }: TargetOptions): Target {
  const lake = aws ? undefined : runningLake(dir);
  const requestHandler = new NodeHttpHandler({ requestTimeout: 60_000 });
  if (!lake) {
    say(paint("dim", `lake: AWS${aws ? "" : ` (no lake runs in ${dir}; "lake up" starts one)`}`));
    return { name: "AWS", client: { requestHandler }, outputs: {} };
  }
  say(paint("dim", `lake: local, ${lake.endpoint}`));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return {
    name: "local",
    client: { requestHandler, endpoint: lake.endpoint, region: "us-east-1", credentials },
    outputs: lake.outputs,
  };
}

/** The running lake's own words, or undefined when none runs in the folder. */
export function runningLake(dir: string): LakeFile | undefined {
  try {
    const file: LakeFile = JSON.parse(readFileSync(join(dir, LAKE_FILE), "utf8"));
    process.kill(file.pid, 0);
    return file;
  } catch {
    return undefined; // no file, or the process that wrote it is gone
  }
}
