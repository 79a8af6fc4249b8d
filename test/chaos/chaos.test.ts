import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { chaosAssembly } from "./assembly.ts";
import { reportOf, textOf } from "./report.ts";
import { runChaos } from "./run.ts";

/** `node test/chaos/main.ts --seed 1 --events 3000` does the same. */
const SEED = 1;
const EVENTS = 3000;
const KILLS = 2;

const folder = mkdtempSync(join(tmpdir(), "lake-chaos-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("nothing is lost under faults, kills, reshards, clock jumps and poison", { timeout: 180_000 }, async () => {
  const dir = join(folder, "lake");
  mkdirSync(dir);
  const assembly = await chaosAssembly(folder, { lives: [2000, 10_000] });
  const share = ({ documents }: { documents: number }) => documents / EVENTS;
  const run = await runChaos({ seed: SEED, startMs: Date.now(), dir, assembly, kills: KILLS, share });

  const report = reportOf(run);
  expect(report.problems, textOf(report)).toEqual([]);
  expect(report).toMatchObject({ lost: 0, unexplained: 0, totals: { payloads: run.produced.payloads, redriven: 1 } });
  const times = new Map(report.faults.map(({ name, injected }) => [name, injected]));
  expect(times.get("lake killed (kill -9)")).toBe(KILLS);
  expect(times.get("stream resharded")).toBe(KILLS);
  expect(times.get("payload: kills the function each time")).toBe(1);
  expect(times.get("Firehose.PutRecordBatch: part refused")).toBeGreaterThan(0);
});
