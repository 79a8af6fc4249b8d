import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runOrder } from "../../core/order.ts";
import { writeRegistry } from "../../infra/registry.ts";
import { plugins } from "../../plugins/registry.ts";

const committed = fileURLToPath(new URL("../../plugins", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "lake-registry-"));
const registry = join(root, "plugins", "registry.ts");

beforeAll(() => {
  mkdirSync(join(root, "plugins"));
  for (const kind of ["normalize", "enrich"])
    cpSync(join(committed, kind), join(root, "plugins", kind), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

describe("plugins/registry.ts", () => {
  test("it is what the folders beside it say", () => {
    writeRegistry(root);
    expect(readFileSync(registry, "utf8")).toBe(readFileSync(join(committed, "registry.ts"), "utf8"));
  });

  test("it is not written when nothing changed", () => {
    utimesSync(registry, 1, 1);
    writeRegistry(root);
    expect(statSync(registry).mtimeMs).toBe(1000);
  });

  test("another file is another plugin, and another version", () => {
    const before = readFileSync(registry, "utf8");
    writeFileSync(join(root, "plugins", "enrich", "kelpgate.ts"), "export default {};\n");
    writeFileSync(join(root, "plugins", "enrich", "Notes.md"), "no plugin");
    writeRegistry(root);
    const after = readFileSync(registry, "utf8");
    expect(after).toContain('import kelpgate from "./enrich/kelpgate.ts";');
    expect(after).toMatch(/enrich: \[[^\]]*\bkelpgate\b/);
    expect(/version: .*/.exec(after)?.[0]).not.toBe(/version: .*/.exec(before)?.[0]);
  });

  test("the seed's plugins run in the seed's order, whatever runs between them", () => {
    const seed = new Map([
      ["normalization_lowercase_keys", 1],
      ["normalization_event_shell", 2],
      ["normalization_timestamps", 20],
      ["normalization_ip_addresses", 20],
      ["normalization_gsuite_login", 20],
      ["enrichment_ensure_eventid", 10],
    ]);
    const order = runOrder(plugins).filter(({ label }) => seed.has(label));
    expect(order.map(({ label, plugin }) => [label, plugin.priority])).toEqual([...seed]);
  });
});
