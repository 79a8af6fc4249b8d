import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newState, type ReplayState } from "./replay.ts";
import type { ReplayRequest } from "./request.ts";

/** What makes two replays the same one, so that the second goes on where the first was stopped. */
export type ReplayIdentity = ReplayRequest & { readonly pluginSet: string };

export interface Checkpoint {
  readonly state: ReplayState;
  readonly isResumed: boolean;
  /** Writes the state: as a whole or not at all, whatever happens meanwhile. */
  save(): void;
  /** Removes the file: the replay is finished. */
  remove(): void;
}

/** The file of a replay in a folder: the same replay has the same file, and no other has. */
export function checkpointFile(folder: string, identity: ReplayIdentity): string {
  const hash = createHash("sha256").update(textOf(identity)).digest("hex");
  return join(folder, `replay-${hash.slice(0, 12)}.json`);
}

/**
 * Opens the checkpoint of a replay, which goes on from what the file says.
 *
 * @throws {Error} when the file holds something else, which is then left as it is
 */
export function openCheckpoint(file: string, identity: ReplayIdentity): Checkpoint {
  const found = readFile(file);
  const of = textOf(identity);
  if (found && JSON.stringify(found.of) !== of)
    throw new Error(
      `replay: ${file} is of another replay (${JSON.stringify(found.of)}); remove it or name another file`,
    );
  const state = found?.state ?? newState();
  return {
    state,
    isResumed: found !== undefined,
    save() {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ of: identity, state }));
      renameSync(`${file}.new`, file);
    },
    remove: () => rmSync(file, { force: true }),
  };
}

function readFile(file: string): { of: unknown; state: ReplayState } | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const found: { of: unknown; state: ReplayState } = JSON.parse(text);
    if (typeof found.of === "object" && typeof found.state.shards === "object") return found;
  } catch {
    // Said below.
  }
  throw new Error(`replay: ${file} is no checkpoint of a replay; it is left as it is: name another file`);
}

function textOf({ stream, fromMs, toMs, shard, source, pluginSet }: ReplayIdentity): string {
  return JSON.stringify({ stream, fromMs, toMs, shard, source, pluginSet });
}
