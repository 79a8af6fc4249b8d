import { describe, expect, test } from "vitest";
import { NODE_OPTIONS } from "../../infra/limits.ts";
import manifest from "../../package.json" with { type: "json" };
import { differences } from "./check.ts";
import { createCorpus } from "./corpus.ts";
import { FORMATS, type FormatName } from "./formats.ts";
import { optionsIn, UsageError } from "./options.ts";
import { createFloor, createProduct } from "./product.ts";
import { race } from "./race.ts";
import { SETS } from "./sets.ts";

const formats = Object.keys(FORMATS) as FormatName[]; // of an object that is written out

describe.each(formats)("events that come as %s", (format) => {
  const corpus = createCorpus(200, format);

  test.each(["seed", "all", "own"] as const)("come out once, with all their data: plugins %s", async (set) => {
    expect(await differences(corpus, set)).toEqual([]);
  });

  test("the floor writes as many", () => {
    const rows = corpus.slices.flatMap(createFloor(format)).flat();
    expect(rows.map((row) => JSON.parse(row.toString()))).toEqual(corpus.texts.map((text) => JSON.parse(text)));
  });
});

test("npm run bench sets the heap as the deployed functions have it", () => {
  expect(manifest.scripts.bench).toContain(` ${NODE_OPTIONS} `);
});

test("lanes race against the first", async () => {
  const corpus = createCorpus(50);
  const { lanes, passes } = await race(
    corpus,
    { floor: createFloor("plain"), product: createProduct(SETS.seed) },
    0.01,
  );
  expect(passes).toBeGreaterThanOrEqual(8);
  expect(lanes.floor?.ratio).toBe(1);
  expect(lanes.product?.us).toBeGreaterThan(0);
});

describe("options", () => {
  test("every format, one after another", () => {
    expect(optionsIn(["--format", "every", "--plugins", "seed"])).toMatchObject({ formats, plugins: "seed" });
  });

  test.each([["--plugins", "some"], ["--format", "csv"], ["--seconds", "0"], ["--events", "1.5"], ["--fast"]])(
    "%s %s is refused",
    (...args) => expect(() => optionsIn(args)).toThrow(UsageError),
  );
});
