import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { _Object as ListedObject } from "@aws-sdk/client-s3";

/** How far a backfill is. */
export interface Checkpoint {
  /** The last key that is done; empty at the beginning. */
  readonly after: string;
  readonly objects: number;
  readonly bytes: number;
  /** Notes that objects are done. @param keep whether to remember it beyond this process */
  advance(objects: readonly ListedObject[], keep: boolean): void;
  /** Forgets it: the same job begins anew. */
  finish(): void;
}

/**
 * Opens the checkpoint of a job, a file of the folder that is named after it.
 *
 * @param job what makes it the same job when the command is given again
 * @param anew whether to begin from the beginning
 */
export function openCheckpoint(dir: string, job: string, anew: boolean): Checkpoint {
  const file = join(dir, `backfill-${createHash("sha256").update(job).digest("hex").slice(0, 12)}.json`);
  let state = { after: "", objects: 0, bytes: 0, ...(anew ? {} : readState(file)) };
  return {
    get after() {
      return state.after;
    },
    get objects() {
      return state.objects;
    },
    get bytes() {
      return state.bytes;
    },
    advance(objects, keep) {
      const bytes = objects.reduce((sum, { Size = 0 }) => sum + Size, state.bytes);
      state = { after: objects.at(-1)?.Key ?? state.after, objects: state.objects + objects.length, bytes };
      if (keep) writeState(dir, file, state);
    },
    finish: () => rmSync(file, { force: true }),
  };
}

function readState(file: string): object {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

/** Whole or not at all, also when the process ends in the middle. */
function writeState(dir: string, file: string, state: object): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
