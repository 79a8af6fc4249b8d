import fc from "fast-check";
import Mustache from "mustache";
import { describe, expect, test } from "vitest";
import { eventOf } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { render } from "../../core/render.ts";

const filled = (template: string, document: JsonObject) => render(template, eventOf(document));

describe("a template", () => {
  test.each([
    ["a name", "{{a}}", { a: "x" }, "x"],
    ["a path", "{{details.events.0.name}}!", { details: { events: [{ name: "login" }] } }, "login!"],
    ["what HTML would escape", "{{a}} & {{{a}}}", { a: `o'b"<x>&` }, `o'b"<x>& & o'b"<x>&`],
    [
      "values as JSON has them",
      "{{a}} {{b}} {{c}} {{d}}",
      { a: true, b: 1.5, c: { x: [1] }, d: [] },
      'true 1.5 {"x":[1]} []',
    ],
    ["nothing for what is not there", "[{{a}}{{b}}{{c.d}}{{e.f}}]", { a: null, b: "", c: "text" }, "[]"],
    ["nothing that is inherited", "[{{toString}}{{a.constructor}}]", { a: {} }, "[]"],
    ["no braces of the data", "{{a}}", { a: "{{b}}", b: "no" }, "{{b}}"],
    [
      "an object that hides how it prints",
      "{{{a}}}{{#a}}{{&b}}{{/a}}",
      { a: { b: { toString: null } } },
      '{"b":{"toString":null}}{"toString":null}',
    ],
    [
      "sections too",
      "{{#list}}<{{name}}>{{/list}}{{^none}}none{{/none}}",
      { list: [{ name: 1 }, { name: 2 }] },
      "<1><2>none",
    ],
  ])("fills in %s", (_, template, document, expected) => {
    expect(filled(template, document)).toBe(expected);
    expect(filled(template, document), "again").toBe(expected);
  });

  test("is filled as mustache fills it", () => {
    const name = fc.constantFrom("a", "b", "details", "details.a", "details.b.0.a", "details.b.a", "a.b", "c.1");
    const part = fc.oneof(
      name.map((path) => `{{${path}}}`),
      fc.constantFrom("text ", "{ ", "}}", "\n", "{{! comment }}", "{{&a}}"),
    );
    const value = fc.jsonValue({ maxDepth: 2 });
    const document = fc.record({
      a: value,
      b: value,
      c: fc.array(value),
      details: fc.dictionary(fc.constantFrom("a", "b"), value),
    });
    const asText = (item: unknown) => (typeof item === "object" ? JSON.stringify(item) : String(item));
    const property = fc.property(fc.array(part), document, (parts, fields) => {
      const event: JsonObject = JSON.parse(JSON.stringify(fields));
      const template = parts.join("");
      const escaping = template.replaceAll("{{&", "{{");
      expect(filled(template, event)).toBe(Mustache.render(escaping, event, undefined, { escape: asText }));
    });
    fc.assert(property);
  });
});
