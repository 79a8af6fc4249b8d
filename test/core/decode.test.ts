import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Document, decode, decodeLine, MAX_EXPANDED_BYTES } from "../../core/decode.ts";
import { parseJson } from "../../core/json.ts";

const utf16 = (text: string, mark = "") => Buffer.from(mark + text, "utf16le");
const swapped = (text: string, mark = "") => utf16(text, mark).swap16();

/** Each document as the object it parses to, or the code that it is refused with. */
function read(payload: string | Uint8Array): unknown[] {
  return decode(Buffer.from(payload)).map((document) => ("error" in document ? document.error.code : document.parse()));
}

/** The bytes that would be quarantined for a document. */
const bytesOf = (document: Document | undefined) => Buffer.from(document?.payload() ?? []).toString();

const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

describe("a payload is", () => {
  test.each([
    ["one object", '{"a":1}', [{ a: 1 }]],
    ["one object over several lines", '\n{\n"a":\r\n1}\n', [{ a: 1 }]],
    ["a list of objects", '[{"a":1},{"b":2}]', [{ a: 1 }, { b: 2 }]],
    ["NDJSON", '{"a":1}\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
    ["NDJSON with CRLF and blank lines", '{"a":1}\r\n\r\n \n{"b":2}\r\n\n', [{ a: 1 }, { b: 2 }]],
    ["UTF-8 with a byte order mark", '\ufeff{"a":"é"}', [{ a: "é" }]],
    ["UTF-16, little-endian, with a mark", utf16('{"a":"é"}', "\ufeff"), [{ a: "é" }]],
    ["UTF-16, big-endian, with a mark", swapped('{"a":"é"}', "\ufeff"), [{ a: "é" }]],
    ["UTF-16, little-endian, without a mark", utf16('[{"a":"é"}]'), [{ a: "é" }]],
    ["UTF-16, big-endian, without a mark", swapped('{"a":"é"}'), [{ a: "é" }]],
    ["an object with NaN", '{"a":NaN}', [{ a: "NaN" }]],
    ["gzip of any of them", gzipSync('{"a":1}\n{"b":2}'), [{ a: 1 }, { b: 2 }]],
    ["gzip of UTF-16", gzipSync(utf16('{"a":1}')), [{ a: 1 }]],
    ["gzip of two members", Buffer.concat([gzipSync('{"a":1}\n{"b'), gzipSync('":2}')]), [{ a: 1 }, { b: 2 }]],
  ])("%s", (_, payload, documents) => expect(read(payload)).toEqual(documents));
});

describe("a payload is refused that", () => {
  test.each([
    ["is empty", "", "empty_payload"],
    ["is blank", " \r\n\t", "empty_payload"],
    ["is only a byte order mark", "\ufeff", "empty_payload"],
    ["is an empty list", " [ ] ", "empty_payload"],
    ["is an empty object", "{}", "empty_payload"],
    ["is gzip of nothing", gzipSync(""), "empty_payload"],
    ["is null", "null", "not_an_object"],
    ["is a number", "1.10", "not_an_object"],
    ["is a text", '"abc"', "not_an_object"],
    ["is a truth", "true", "not_an_object"],
    ["is NaN", "NaN", "not_an_object"],
    ["is no JSON", "{a:1}", "invalid_json"],
    ["is cut off", '{"a":"', "invalid_json"],
    ["has a trailing comma", '{"a":1,}', "invalid_json"],
    ["has a raw control character", '{"a":"\u0001"}', "invalid_json"],
    ["is broken UTF-8", Buffer.from([0x7b, 0x22, 0x61, 0xff, 0x22, 0x7d]), "invalid_utf8"],
    ["is UTF-16 with an odd byte", Buffer.concat([utf16('{"a":1}'), Buffer.from("x")]), "invalid_utf8"],
    ["is UTF-16 with a lone surrogate", utf16('{"a":"\ud800"}'), "invalid_utf8"],
    ["is a binary file", Buffer.from([0x89, 0x50, 0x4e, 0x47]), "invalid_utf8"],
    ["is gzip that is cut off", gzipSync('{"a":1}').subarray(0, 15), "invalid_gzip"],
    ["is gzip in name only", Buffer.from([0x1f, 0x8b, 0x08]), "invalid_gzip"],
    ["is gzip with a wrong checksum", gzipSync('{"a":1}').fill(0, 20), "invalid_gzip"],
    ["has more than 4,000,000 values", Buffer.from(`{"a":[${"1,".repeat(4_000_000)}1]}`), "expansion_limit"],
    ["expands beyond 32 MiB", gzipSync(Buffer.alloc(MAX_EXPANDED_BYTES + 1, 0x20)), "expansion_limit"],
    ["has numbers to keep exact 5,000 levels deep", `{"a":[1.10,${deep(5000)}]}`, "too_deep"],
    ["has lines of which none is a document", '5\n"x"\n[]', "invalid_json"],
  ])("%s: as one document, with its bytes untouched", (_, payload, code) => {
    const [document, ...more] = decode(Buffer.from(payload));
    expect(more).toEqual([]);
    expect(document).toMatchObject({ index: 0, error: { code, stage: "receive" } });
    expect(Buffer.from(document?.payload() ?? []).equals(Buffer.from(payload))).toBe(true);
  });

  test("gzip may expand to 32 MiB to the byte", () => {
    const text = '{"a":1}'.padEnd(MAX_EXPANDED_BYTES);
    expect(read(gzipSync(text))).toEqual([{ a: 1 }]);
  });

  test("a message quotes at most 120 characters of the payload", () => {
    const [document] = decode(Buffer.from(`secret${"x".repeat(10_000)}`));
    expect(document && "error" in document && document.error.message.length).toBeLessThan(200);
  });
});

describe("a bad document costs only itself", () => {
  test.each([
    ["a line that is no JSON", '{"a":1}\nnonsense\n{"b":2}', [{ a: 1 }, "invalid_json", { b: 2 }]],
    [
      "lines that are no objects",
      '5\n{"a":1}\n{}\n[]\nnull',
      ["not_an_object", { a: 1 }, "empty_payload", "empty_payload", "not_an_object"],
    ],
    [
      "items that are no objects",
      '[5,{"a":1},{},[{"b":2}],null,1.10,"x"]',
      ["not_an_object", { a: 1 }, "empty_payload", ...Array(4).fill("not_an_object")],
    ],
    [
      "a deep item beside numbers to keep exact",
      `[{"a":1},{"b":${deep(5000)},"c":1.10},{"d":2}]`,
      [{ a: 1 }, "too_deep", { d: 2 }],
    ],
  ])("%s", (_, payload, documents) => {
    expect(read(payload)).toEqual(documents);
    expect(decode(Buffer.from(payload)).map(({ index }) => index)).toEqual([...documents.keys()]);
  });

  test("its own bytes are what is quarantined, as they were written", () => {
    expect(decode(Buffer.from('{"a":1}\n{"B" :1.10\n{"b":2}')).map(bytesOf)).toEqual([
      '{"a":1}',
      '{"B" :1.10',
      '{"b":2}',
    ]);
    const items = ['{"B" : 1.10}', " 5", '"],[\\"{"', `{"c":[{},[1,2]]}`];
    expect(decode(Buffer.from(`[${items.join(",")}]`)).map((document) => bytesOf(document).trim())).toEqual(
      items.map((item) => item.trim()),
    );
  });

  test("a list of 100,000-level items is split all the same", () => {
    const item = `{"a":${deep(100_000)}}`;
    const documents = decode(Buffer.from(`[${item},{"b":2},${item}]`));
    expect(documents.map(bytesOf)).toEqual([item, '{"b":2}', item]);
  });

  test("a list of many bad items is read in a moment", () => {
    const started = performance.now();
    const documents = decode(Buffer.from(`[${"5,".repeat(20_000)}5]`));
    expect(documents.map(bytesOf).every((text) => text === "5")).toBe(true);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("a document that plugins have changed", () => {
  test.each([
    ["an object", '{"A":[1.10]}'],
    ["a line", 'nonsense\n{"A":[1.10]}'],
    ["an item", '[5,{"A":[1.10]}]'],
  ])("parses anew, and its payload is as it arrived: %s", (_, payload) => {
    const document = decode(Buffer.from(payload)).at(-1);
    if (!document || "error" in document) throw new Error("refused");
    const first = document.parse();
    first.A = ["changed"];
    first.b = true;
    expect(bytesOf(document)).toBe('{"A":[1.10]}');
    expect(document.parse()).toEqual(parseJson('{"A":[1.10]}'));
  });
});

describe("a line by itself is read as it would be among others", () => {
  const codeOf = (line: string) => {
    const document = decodeLine(Buffer.from(line));
    return document && ("error" in document ? document.error.code : document.parse());
  };
  test.each([
    ["a document", '{"a":NaN}', { a: "NaN" }],
    ["what is no JSON", '{"a":01}', "invalid_json"],
    ["an empty object", "{}", "empty_payload"],
  ])("%s", (_, line, expected) => expect(codeOf(line)).toEqual(expected));

  test.each([
    ["two documents", '{"a":1} {"b":1}'],
    ["one behind what is no JSON", '{"a":01} {"b":1}'],
    ["an envelope of several", '{"Records":[{"a":1},{"b":1}]}'],
    ["what is no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
  ])("but not %s", (_, line) => expect(decodeLine(Buffer.from(line))).toBeUndefined());
});
