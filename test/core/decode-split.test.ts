import { describe, expect, test } from "vitest";
import { decode } from "../../core/decode.ts";

/** Each document as the object it is, or the code and the bytes that it is quarantined with. */
function read(payload: string | Uint8Array, acceptText = false): unknown[] {
  return decode(Buffer.from(payload), { acceptText }).map((document) =>
    "error" in document
      ? `${document.error.code}: ${Buffer.from(document.payload()).toString("latin1")}`
      : document.parse(),
  );
}

const A = { a: 1 };
const B = { b: 2 };

describe("documents are read", () => {
  test.each([
    ["one after another", '{"a":1}{"b":2}', [A, B]],
    ["one after another, with blanks between", '{"a":1} \t{"b":2}', [A, B]],
    ["one after another, with commas between", '{"a":1},{"b":2},\n{"a":1}\n,{"b":2}', [A, B, A, B]],
    ["several on a line, several lines", '{"a":1}{"b":2}\n{"b":2}{"a":1}\n', [A, B, B, A]],
    ["over several lines each", '{\n  "a": 1\n}\n{\n  "b": 2\n}\n', [A, B]],
    ["over several lines, on a line, over several lines", '{\n"a":1\n}\n{"b":2}\n{\n"a":\n1\n}', [A, B, A]],
    ["with braces in strings", '{"a":"}{"}{"b":"[\\"{\\\\"}', [{ a: "}{" }, { b: '["{\\' }]],
    ["with lists between them", '[{"a":1},{"b":2}]\n{"a":1}[{"b":2}]', [A, B, A, B]],
    ["with NaN in them", '{"a":NaN}{"b":-Infinity}', [{ a: "NaN" }, { b: "-Infinity" }]],
    ["with CRLF, blank lines and a byte order mark each", '\ufeff{"a":1}\r\n\r\n\ufeff{"b":2}\r\n', [A, B]],
    ["after a line that is an empty object in a list", '[{}]\n{"b":2}', ["empty_payload: {}", B]],
  ])("%s", (_, payload, documents) => expect(read(payload)).toEqual(documents));

  test("their indexes count over the payload", () => {
    const documents = decode(Buffer.from('{"a":1}[{"b":2},5]\nno\n{"a":1}'));
    expect(documents.map(({ index, subsequence }) => [index, subsequence])).toEqual(
      [...Array(5).keys()].map((i) => [i, 0]),
    );
  });
});

describe("a bad part costs only itself", () => {
  test.each([
    ["a line", '{"a":1}\n{"a":oops}\n{"b":2}', [A, 'invalid_json: {"a":oops}', B]],
    ["a line that is cut off", '{"a":1}\n{"a":{"c":[\n{"b":2}', [A, 'invalid_json: {"a":{"c":[', B]],
    ["a line that is cut off in a string", '{"a":1}\n{"a":"c\n{"b":2}', [A, 'invalid_json: {"a":"c', B]],
    ["a first line that is cut off after a colon", '{"a":\n{"b":2}\n{"a":1}', ['invalid_json: {"a":', B, A]],
    ["lines one after another", '{"a":1}\n{a}\n{b}\n{"b":2}', [A, "invalid_json: {a}", "invalid_json: {b}", B]],
    ["a bare word between documents", '{"a":1}oops{"b":2}', [A, "invalid_json: oops", B]],
    ["a closing brace too many", '{"a":1}}{"b":2}', [A, "invalid_json: }", B]],
    ["a document that is cut off", '{"a":1}{"c":{"d":1{"b":2}', [A, 'invalid_json: {"c":{"d":1', B]],
    ["a document that is cut off in a string", '{"a":1}{"c":"d{"b":2}{"a":1}', [A, 'invalid_json: {"c":"d', B, A]],
    ["the end of a document at the start", '1,"x":2}{"a":1}{"b":2}', ['invalid_json: 1,"x":2}', A, B]],
    [
      "a document over several lines, as one part",
      '{\n  "a": 1\n}\n{\n  "c": {\n    "d": 1 "e": 2\n  },\n\n  "f": [\n    {\n      "g": 1\n    }\n  ]\n}\n{\n  "b": 2\n}',
      [A, expect.stringMatching(/^invalid_json: \{\n {2}"c"[\s\S]*\n\}$/), B],
    ],
    [
      "a document over several lines that is cut off",
      '{\n  "c": {\n    "d":\n{\n  "b": 2\n}',
      ['invalid_json: {\n  "c": {\n    "d":', B],
    ],
    [
      "objects within a bad document are no documents",
      '{"c":{"a":1},"d":oops,"e":[{"b":2},{"b":3}]}\n{"a":1}',
      ['invalid_json: {"c":{"a":1},"d":oops,"e":[{"b":2},{"b":3}]}', A],
    ],
    [
      "JSON in a string of a bad document is no document",
      '{"m":"{\\"a\\":1} {}" oops}\n{"b":2}',
      ['invalid_json: {"m":"{\\"a\\":1} {}" oops}', B],
    ],
    ["a line of plain text with JSON in it", 'host app: {"a":1}\n{"b":2}', ['invalid_json: host app: {"a":1}', B]],
    ["a list that does not end", '[{"a":1}, {"b":2},\n{"c":', ["invalid_json: [", A, B, 'invalid_json: {"c":']],
    ["Records that do not end", '{"Records": [{"a":1},{"b":2}', ['invalid_json: {"Records": [', A, B]],
    ["a list with a bad item is bad as a whole", '[{"a":1},oops]\n{"b":2}', ['invalid_json: [{"a":1},oops]', B]],
  ])("%s", (_, payload, documents) => expect(read(payload)).toEqual(documents));

  test("a line that is no UTF-8, with its bytes", () => {
    const payload = Buffer.from('{"a":1}\n{"c":"\xff\xfe"}\n\n{"b":2}\n', "latin1");
    expect(read(payload)).toEqual([A, 'invalid_utf8: {"c":"\xff\xfe"}', B]);
  });

  test("a megabyte of braces between two lines", () => {
    expect(read(`{"a":1}\n${"{".repeat(1 << 20)}\n{"b":2}`)).toEqual([
      A,
      expect.stringContaining("invalid_json: {{"),
      B,
    ]);
  });

  test("parts of which none is a document are one refusal, with all bytes", () => {
    expect(read("{a}\n{b}")).toEqual(["invalid_json: {a}\n{b}"]);
    expect(read(Buffer.from("a\xff\nb\xff", "latin1"))).toEqual(["invalid_utf8: a\xff\nb\xff"]);
  });
});

describe("a line of plain text", () => {
  test.each([
    ["is an event", "<34>Oct 11 22:14:15 host su: failed", [{ message: "<34>Oct 11 22:14:15 host su: failed" }]],
    ["stands among JSON", '{"a":1}\r\nhello\r\n\r\n{"b":2}\r\n', [A, { message: "hello" }, B]],
    ["keeps its indentation", "Traceback:\n  at line 1\t", [{ message: "Traceback:" }, { message: "  at line 1" }]],
    [
      "may start as a list does",
      "[error] no\n[2020-01-01] {}",
      [{ message: "[error] no" }, { message: "[2020-01-01] {}" }],
    ],
    ["may start as zlib does", "x^2 + y^2", [{ message: "x^2 + y^2" }]],
    ["may hold any character", "é ✓ \u001b[31mred", [{ message: "é ✓ \u001b[31mred" }]],
    ["may hold JSON", 'app: {"a":1}{"b":2}', [{ message: 'app: {"a":1}{"b":2}' }]],
    [
      "is none when it is broken JSON",
      '{"a":\n[{"a"\nx',
      ['invalid_json: {"a":', 'invalid_json: [{"a"', { message: "x" }],
    ],
    ["is none when it is JSON", '{"a":1}\n5\n"x"', [A, "not_an_object: 5", 'not_an_object: "x"']],
    ["is none after a document", '{"a":1} and more', [A, "invalid_json: and more"]],
    ["is none with control characters", "x\u0001y\nz", ["invalid_json: x\u0001y", { message: "z" }]],
  ])("%s", (_, payload, documents) => expect(read(payload, true)).toEqual(documents));

  test("is refused by default", () => expect(read("hello")).toEqual(["invalid_json: hello"]));

  test("that is no UTF-8 is refused", () => {
    expect(read(Buffer.from("good\nb\xffd", "latin1"), true)).toEqual([{ message: "good" }, "invalid_utf8: b\xffd"]);
  });

  test("parses anew each time", () => {
    const [document] = decode(Buffer.from("hello"), { acceptText: true });
    if (!document || "error" in document) throw new Error("refused");
    document.parse().message = "changed";
    expect(document.parse()).toEqual({ message: "hello" });
    expect(Buffer.from(document.payload()).toString()).toBe("hello");
  });
});
