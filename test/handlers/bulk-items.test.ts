import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestError } from "../../handlers/bulk/answer.ts";
import { readItems } from "../../handlers/bulk/items.ts";

const document = fc.object({ maxDepth: 2 }).map((value) => JSON.stringify(value));
const sound = fc.record({
  action: fc.constantFrom("index", "create"),
  line: document,
  isTaken: fc.constant(true),
});
const refused = fc.record({
  action: fc.constantFrom("update", "index"),
  line: fc.constantFrom("{", "[]", "7", '"text"', "", "\u0000"),
  isTaken: fc.constant(false),
});

test("whatever the documents, each action is one item, in its place, and a sound document is the producer's bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(sound, refused)), fc.constantFrom("\n", "\n\n", " \r\n"), (actions, blank) => {
      const body = actions.map(({ action, line }, n) => `{"${action}":{"_id":"${n}"}}\n${line}\n${blank}`).join("");
      const items = readItems(Buffer.from(body));
      expect(items.map(({ id }) => id)).toEqual(actions.map((_, n) => String(n)));
      for (const [n, { line, isTaken }] of actions.entries()) {
        expect(items[n]?.error === undefined).toBe(isTaken);
        expect(Buffer.from(items[n]?.document ?? "").toString()).toBe(line);
      }
    }),
  );
});

test("whatever the bytes, an error is ours and every item says what is wrong or has a document", () => {
  const bytes = fc.uint8Array({ maxLength: 400 });
  const pieces = fc.constantFrom(
    '{"index":{}}',
    '{"create":{"_index":"a"}}',
    '{"a":1}',
    "{",
    "\n",
    "\r",
    "é",
    "\u0000",
    '"',
  );
  const soup = fc.array(pieces, { maxLength: 60 }).map((parts) => new Uint8Array(Buffer.from(parts.join(""))));
  fc.assert(
    fc.property(fc.oneof(bytes, soup), (body) => {
      try {
        for (const { error, document } of readItems(body)) {
          if (error) expect(error.reason.length).toBeLessThanOrEqual(110);
          else expect(typeof JSON.parse(Buffer.from(document).toString())).toBe("object");
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RequestError);
      }
    }),
    { numRuns: 500 },
  );
});
