import { createWriteStream } from "node:fs";

/** Ways to close what has been opened, in the order of opening. */
export type Cleanups = (() => unknown)[];

export type Log = (line: string) => void;

/** Closes in the reverse order of opening; a part that fails to close does not keep the others open. */
export async function closeAll(cleanups: Cleanups): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup();
    } catch {
      // Its state is on disk either way: the next start reads it.
    }
  }
}

/** A log file that lines are added to. */
export function openLog(file: string, cleanups: Cleanups): Log {
  const stream = createWriteStream(file, { flags: "a" });
  cleanups.push(() => stream.end());
  return (line) => void stream.write(`${line}\n`);
}
