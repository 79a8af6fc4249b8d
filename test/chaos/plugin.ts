/**
 * A plugin that does harm when an event asks for it. The chaos suite bundles it into its copy of the consumer, as
 * `plugins/enrich/chaos.ts`; the product never has it.
 */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { definePlugin } from "../../core/plugin.ts";

/** The bundle's folder: what happened is noted there, and outlives the function and the lake. */
const FOLDER = process.env.LAMBDA_TASK_ROOT ?? ".";

/** Exit code of a process that was killed. */
const KILLED = 137;

/** The presence of this file says that the harm is repaired: the function lives, and its events are harmless. */
const isCalm = () => existsSync(join(FOLDER, "calm"));

const note = (what: string, probe: unknown) =>
  appendFileSync(join(FOLDER, "notes.ndjson"), `${JSON.stringify({ what, probe })}\n`);

const timesNoted = (what: string, probe: unknown) =>
  notes()
    .split("\n")
    .filter((line) => line === JSON.stringify({ what, probe })).length;

function notes(): string {
  const file = join(FOLDER, "notes.ndjson");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

dieLater();

/** Ends the environment at a time of its own, whatever it is doing, as `lives.json` has it: [least, most] milliseconds. */
function dieLater(): void {
  if (isCalm() || !existsSync(join(FOLDER, "lives.json"))) return;
  const [least = 0, most = 0]: number[] = JSON.parse(readFileSync(join(FOLDER, "lives.json"), "utf8"));
  const life = least + Math.random() * (most - least);
  const die = () => {
    if (isCalm()) return;
    note("killed", Math.round(life));
    process.exit(KILLED);
  };
  setTimeout(die, life).unref();
}

export default definePlugin({
  name: "chaos",
  registration: ["chaos"],
  priority: 0,
  onMessage(event) {
    const { chaos, probe } = event.details;
    if (chaos === "drop") note("dropped", probe);
    if (chaos === "drop") return null;
    if (chaos === "throw") throw new Error("an event asked for it");
    if (isCalm()) return event;
    if (chaos === "loop") for (;;);
    if (chaos === "crash" || (chaos === "crash twice" && timesNoted("crashed", probe) < 2)) {
      note("crashed", probe);
      process.exit(KILLED);
    }
    return event;
  },
});
