// The lake's state as it comes, one `Flow` a second, and what is kept of it: the last minute.
import { signal } from "@preact/signals";
import type { Flow } from "../../contract.ts";
import { refused, request } from "../api.ts";

/** A minute, and the one before it to make the first rate of. */
const KEPT = 61;
const LONGEST_WAIT_MS = 10_000;

/** Oldest first, at most `KEPT`. */
export const samples = signal<readonly Flow[]>([]);
export const connection = signal<"connecting" | "live" | "lost">("connecting");

/** Follows the lake until the page is closed; comes back by itself when the lake does. */
export async function follow(): Promise<void> {
  for (let waitMs = 1000; !refused.value; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await readStream();
      waitMs = 500;
    } catch {
      // Said by the state of the connection; the next attempt follows.
    }
    connection.value = "lost";
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/** EventSource cannot send the header that the lake asks for, so the stream is read from a fetch. */
async function readStream(): Promise<void> {
  const { body } = await request("/api/flow", { headers: { accept: "text/event-stream" } });
  if (!body) return;
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const messages = (rest + chunk).split("\n\n");
    rest = messages.pop() ?? "";
    const flows = messages.flatMap(flowOf);
    if (flows.length === 0) continue;
    connection.value = "live";
    keep(flows);
  }
}

function flowOf(message: string): Flow[] {
  const lines = message.split("\n").filter((line) => line.startsWith("data:"));
  if (lines.length === 0) return [];
  return [JSON.parse(lines.map((line) => line.slice(5)).join("\n"))];
}

/** The lake sends the last minute first, also after a break: what is known already is left out. */
function keep(flows: readonly Flow[]): void {
  const newest = samples.peek().at(-1)?.at ?? 0;
  samples.value = [...samples.peek(), ...flows.filter(({ at }) => at > newest)].slice(-KEPT);
}
