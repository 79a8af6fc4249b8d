import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSplitter, type Piece } from "../../handlers/s3-drop/split.ts";

const LIMIT = 200;

/** Splits a text given in parts of `size` bytes; every piece as text, with `!` before a broken one and `?` an error. */
function split(text: string | Buffer, size = 1_000_000, limit = LIMIT): string[] {
  const bytes = Buffer.from(text);
  const splitter = createSplitter(limit);
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(...splitter.push(bytes.subarray(at, at + size)));
  pieces.push(...splitter.end());
  return pieces.map(show);
}

function show(piece: Piece): string {
  if (piece.kind === "error") return `?${piece.code} ${piece.message}`;
  return `${piece.kind === "broken" ? "!" : ""}${piece.bytes}`;
}

const LONG = `{"a":"${"x".repeat(LIMIT)}"}`;

const TEXTS: [name: string, text: string | Buffer, pieces: (string | RegExp)[]][] = [
  ["NDJSON", '{"a":1}\n{"a":2}\n', ['{"a":1}', '{"a":2}']],
  ["CRLF, blank lines and no last line end", '{"a":1}\r\n\r\n \n{"a":2}', ['{"a":1}', '{"a":2}']],
  [
    "numbers as they are written",
    '{"a":1.10,"b":12345678901234567,"c":1e400}\n',
    ['{"a":1.10,"b":12345678901234567,"c":1e400}'],
  ],
  ["NaN, as Python writes it", '[{"a":NaN},{"a":-Infinity}]', ['{"a":NaN}', '{"a":-Infinity}']],
  ["concatenated documents", '{"a":"}{"}{"b":[{}]} {"c":"\\""}', ['{"a":"}{"}', '{"b":[{}]}', '{"c":"\\""}']],
  ["documents with commas between", '{"a":1},\n{"a":2},\n', ['{"a":1}', '{"a":2}']],
  [
    "documents over several lines",
    '{\n  "a": [\n{"b": 1},\n{"b": 2}\n]\n}\n{\n}\n',
    ['{\n  "a": [\n{"b": 1},\n{"b": 2}\n]\n}', "{\n}"],
  ],
  ["a list on one line", '[{"a":1},{"a":[2,{}]},"s,]",3, null ]', ['{"a":1}', '{"a":[2,{}]}', '"s,]"', "3", "null"]],
  ["a list over many lines", '[\n{"a":1},\n{"a":2}\n]\n', ['{"a":1}', '{"a":2}']],
  ["two lists", '[{"a":1}]\n[{"a":2}]', ['{"a":1}', '{"a":2}']],
  ["CloudTrail's file", '{"Records":[{"a":1},{"a":2}]}', ['{"a":1}', '{"a":2}']],
  [
    "Records with blanks, and keys after",
    '{ "Records" : [ {"a":1} ] , "more": {"b":"]}"} }\n{"c":1}',
    ['{"a":1}', '{"c":1}'],
  ],
  [
    "Records that are no list, or not first",
    '{"Records":1}\n{"a":1,"Records":[{}]}',
    ['{"Records":1}', '{"a":1,"Records":[{}]}'],
  ],
  ["lists without an item", '[]\n{"Records":[ ]}\n[[]]', ["[]", '{"Records":[]}', "[]"]],
  ["scalars on lines of their own", '1\n"two"\nnull\n', ["1", '"two"', "null"]],
  ["plain text", 'one, two\n{"a":1}\n\tthree \n', ["!one, two", '{"a":1}', "!three"]],
  ["a line that is cut off", '{"a":1}\n{"a":{"b":2\n{"a":3}\n', ['{"a":1}', '!{"a":{"b":2', '{"a":3}']],
  ["a line cut off after a colon", '{"a":\n{"b":2}\n{"c":3}\n', ['!{"a":', '{"b":2}', '{"c":3}']],
  ["a line cut off in a string", '{"a":"x\n{"b":2}\n', ['!{"a":"x', '{"b":2}']],
  ["a line with an odd quote", '{"a":"b"c","d":1}\n{"b":2}\n', ['!{"a":"b"c","d":1}', '{"b":2}']],
  ["a line with a bracket too few", '{"a":[1}\n{"b":2}\n', ['!{"a":[1}', '{"b":2}']],
  ["a line with a brace too many", '{"a":1}}\n{"b":2}\n', ['{"a":1}', "!}", '{"b":2}']],
  ["Python's quotes", "{'a': 1}\n{\"b\":2}\n", ["!{'a': 1}", '{"b":2}']],
  ["a bad item of a list", '[{"a":1},{"a":},oops,{"a":2}]', ['{"a":1}', '!{"a":}', "!oops", '{"a":2}']],
  ["a text that is cut off", '{"a":1}\n{"a":2', ['{"a":1}', '!{"a":2']],
  [
    "a list that is cut off",
    '[{"a":1},{"a":',
    ['{"a":1}', '!{"a":', /^\?unreadable_object the object ends within a list/],
  ],
  [
    "bytes that are no UTF-8",
    Buffer.from('{"a":"\xff"}\n{"b":"\xc3\xa9"}', "latin1"),
    ['!{"a":"\ufffd"}', '{"b":"é"}'],
  ],
  [
    "a document over the limit",
    `{"a":1}\n${LONG}\n{"b":2}\n`,
    [
      '{"a":1}',
      `?too_large bytes 8 to ${8 + LONG.length - 1} of the object's text are one document of ${LONG.length} bytes, more than a record of the stream holds`,
      '{"b":2}',
    ],
  ],
  ["an item over the limit", `[${LONG},{"b":2}]`, [/^\?too_large bytes 1 to/, '{"b":2}']],
  ["a line over the limit", `${"x".repeat(LIMIT * 5)}\n{"b":2}`, [/^\?too_large bytes 0 to 999 /, '{"b":2}']],
  ["nothing but blanks", " \r\n\t", []],
];

test.each(TEXTS)("%s", (_, text, pieces) => {
  const found = split(text);
  expect(found).toHaveLength(pieces.length);
  for (const [i, piece] of pieces.entries())
    expect(found[i]).toEqual(piece instanceof RegExp ? expect.stringMatching(piece) : piece);
});

describe("the pieces do not depend on how the text comes", () => {
  test.each(TEXTS)("%s", (_, text) => {
    const whole = split(text);
    for (const size of [1, 2, 3, 5, 7, 64, 100]) expect(split(text, size), `in parts of ${size}`).toEqual(whole);
  });

  const token = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\n",
    " ",
    '"a"',
    "1",
    "NaN",
    '{"a":1}',
    "é",
    "x".repeat(90),
    '{"Records":[',
  );
  test("whatever it is", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), fc.integer({ min: 1, max: 80 }), (tokens, size) => {
        const text = tokens.join("");
        expect(split(text, size)).toEqual(split(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("nothing is lost", () => {
  test("of documents in any form", () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));
    const form = fc.constantFrom(
      (documents: string[]) => documents.join("\n"),
      (documents: string[]) => documents.join(""),
      (documents: string[]) => `[${documents.join(", ")}]`,
      (documents: string[]) => `{"Records":[${documents.join(",")}]}`,
      (documents: string[]) => documents.map((text) => JSON.stringify(JSON.parse(text), null, 2)).join("\n"),
    );
    fc.assert(
      fc.property(fc.array(document, { minLength: 1 }), form, (documents, write) => {
        const found = split(write(documents), 1_000_000, 1_000_000);
        expect(found.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(
          documents.map((text) => JSON.stringify(JSON.parse(text))),
        );
      }),
    );
  });

  test("of a file that is cut off at any byte", () => {
    const documents = Array.from({ length: 5 }, (_, i) => JSON.stringify({ i, text: 'a"b{}[]é\n' }));
    for (const text of [documents.join("\n"), `{"Records":[${documents.join(",")}]}`]) {
      const bytes = Buffer.from(text);
      for (let length = 1; length < bytes.length; length++) {
        const pieces = split(bytes.subarray(0, length));
        const whole = documents.filter((document) => bytes.subarray(0, length).includes(document));
        expect(pieces.filter((piece) => documents.includes(piece))).toEqual(whole);
        expect(pieces.length).toBeLessThanOrEqual(whole.length + 2);
      }
    }
  });
});
