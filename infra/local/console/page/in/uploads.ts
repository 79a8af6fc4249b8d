// Files on their way into the drop bucket, one after another, and what became of each.
import { signal } from "@preact/signals";
import type { Dropped } from "../../contract.ts";
import { announce } from "../announce.ts";
import { call, errorText, failureText } from "../api.ts";
import { counted } from "../format.ts";
import { authorization } from "../token.ts";

const POLL_MS = 1500;
/** Uploads that are listed; older ones have been told about. */
const KEPT = 200;

/** A file of this page, from being chosen to being in the bucket. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly sent: number;
  readonly state: "queued" | "sending" | "sent" | "failed";
  readonly key?: string;
  readonly reason?: string;
}

export const uploads = signal<readonly Upload[]>([]);
export const became = signal<ReadonlyMap<string, Dropped>>(new Map());
export const problem = signal<string | undefined>(undefined);

let last = 0;
let working: Promise<void> = Promise.resolve();
let polling = false;

/** Puts files in line. One is sent at a time, straight from the disk: their size does not matter to the page. */
export function addFiles(files: Iterable<File>): void {
  const added = [...files].map((file) => ({ file, id: ++last }));
  if (added.length === 0) return;
  const queued = added.map(
    ({ file, id }): Upload => ({ id, name: file.name, bytes: file.size, sent: 0, state: "queued" }),
  );
  uploads.value = [...queued.toReversed(), ...uploads.value].slice(0, KEPT);
  announce(`${counted(added.length, "file")} to upload.`);
  for (const { file, id } of added) working = working.then(() => upload(id, file));
}

function change(id: number, changed: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...changed } : one));
}

async function upload(id: number, file: File): Promise<void> {
  change(id, { state: "sending" });
  try {
    const { key } = await send(file, (sent) => change(id, { sent }));
    change(id, { state: "sent", sent: file.size, key });
    announce(`${file.name} is in the drop bucket.`);
    void poll();
  } catch (error) {
    change(id, { state: "failed", reason: errorText(error) });
    announce(`${file.name} failed.`);
  }
}

/** By XMLHttpRequest: a fetch does not say how far it is. */
function send(file: File, progress: (sent: number) => void): Promise<{ key: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/drop/${encodeURIComponent(file.name)}`);
    request.setRequestHeader("authorization", authorization().authorization);
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onerror = () =>
      reject(new Error("The lake did not take it. Is it a file, and is npm start still running?"));
    request.onload = () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve(JSON.parse(responseText));
      else reject(new Error(failureText(responseText, status)));
    };
    request.send(file);
  });
}

/** Asks what became of the files until none of them is waited for. */
export async function poll(): Promise<void> {
  if (polling) return;
  polling = true;
  try {
    do {
      const dropped = await call<Dropped[]>("/api/drop");
      became.value = new Map(dropped.map((one) => [one.key, one]));
      problem.value = undefined;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } while (uploads.value.some(isWaitedFor));
  } catch (error) {
    problem.value = errorText(error);
  }
  polling = false;
}

function isWaitedFor({ state, key }: Upload): boolean {
  return state === "sent" && key !== undefined && (became.value.get(key)?.state ?? "waiting") === "waiting";
}
