import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { bundle } from "../../infra/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "lake-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

const CONSUMER = fileURLToPath(new URL("../../handlers/consumer.ts", import.meta.url));

/** Minified. Every byte is read and compiled by each cold start (npm run bench:cold). */
const MAX_CONSUMER_BYTES = 400_000;

describe("bundle", () => {
  test("the same sources give the same bytes, wherever they go", () => {
    const once = bundle(CONSUMER, join(folder, "once"));
    const again = bundle(CONSUMER, join(folder, "again"));
    expect(readFileSync(once.file).equals(readFileSync(again.file))).toBe(true);
    expect(once.bytes).toBe(readFileSync(once.file).length);
  });

  test("the consumer is small, and has no SDK in it", () => {
    const { file, bytes } = bundle(CONSUMER, join(folder, "size"));
    expect(bytes).toBeLessThan(MAX_CONSUMER_BYTES);
    expect(readFileSync(file, "utf8")).not.toMatch(/smithy|aws-sdk/i);
  });

  test("it loads as CommonJS even inside a folder of ES modules", () => {
    const modules = join(folder, "modules");
    mkdirSync(modules);
    writeFileSync(join(modules, "package.json"), '{"type":"module"}');
    writeFileSync(join(modules, "entry.ts"), "export const handler = async (): Promise<number> => 7;\n");
    const { file } = bundle(join(modules, "entry.ts"), join(modules, "out"));
    expect(Object.keys(createRequire(import.meta.url)(file))).toEqual(["handler"]);
  });

  test.each([
    ["does not parse", "export const handler = (;\n", /source\.ts:1/],
    ["imports what is not there", 'import "nowhere";\n', /Could not resolve "nowhere"/],
    [
      "reads import.meta, which CommonJS lacks",
      "export const handler = () => import.meta.url;\n",
      /source\.ts:1.*import\.meta/s,
    ],
  ])("a source that %s is named", (_, source, message) => {
    const entry = join(folder, "source.ts");
    writeFileSync(entry, source);
    expect(() => bundle(entry, join(folder, "out"))).toThrow(message);
  });
});
