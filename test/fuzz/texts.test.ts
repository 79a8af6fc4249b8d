import { expect, test } from "vitest";
import { type Indicators, look } from "../../core/indicators.ts";
import { createNames } from "../../core/names.ts";
import { scan } from "../../core/scan.ts";
import { TEXT_KINDS, tellTexts } from "../../core/scanned.ts";
import { textAt } from "../../core/sparse.ts";
import { createRandom } from "../bench/random.ts";

/** What the scanner tells of texts (core/scanner/text.ts) saves looking, and changes nothing that is found. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300) * 100;
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

const PARTS = [
  ...[
    "192.0.2.7",
    "10.0.0.1/8",
    "1.2.3",
    "999.1.1.1",
    "2001:db8::7",
    "::1",
    "fe80::1%eth0",
    "[2001:db8::7]",
    "1:2:3:4:5:6:7:8",
  ],
  ...[
    "example.com",
    "Files.Example.NET",
    "com.example.Main",
    "index.html",
    "m6g.large",
    "a.io",
    "x.co.uk",
    "sub_1.local",
    "ec2.internal",
  ],
  ...[
    "arn:aws:iam::123456789012:role/reader",
    "arn:",
    "mo@example.com",
    "mailto:",
    "https://",
    "http://",
    "//",
    "user:pw@",
    "ftp:",
  ],
  ...[
    "2020-09-15T11:40:11Z",
    "2020-",
    "11:40:11",
    "0a:d3:10:1e:fa:d0",
    "curl/8.5.0",
    "aws-cli/2.15 ",
    "[Mozilla/5.0",
    "App/v1",
    "APN/",
  ],
  ...["0123456789abcdef0123456789abcdef", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha256:", "MD5="],
  ...[
    "f5f52d227935ba7b4673c6989dd6b59ec5a03299aeaf0123456789abcdef0123",
    "a ",
    " ",
    "  said: ",
    ",",
    "=",
    "/",
    ":",
    ".",
    "..",
    "-",
    "_",
  ],
  ...[
    "x".repeat(16),
    "word",
    "WORD",
    "7",
    "%",
    "#",
    "?q=1",
    ":443",
    ":8443/a",
    "\\",
    '"',
    "é",
    "😀",
    "\u0000",
    "{",
    "z",
    ".",
  ],
];

const NO_NAMES = createNames([]);

test(`texts of all kinds hold what looking at each finds (seed ${SEED})`, () => {
  const random = createRandom(SEED);
  const kinds = new Set<number | undefined>();
  for (let run = 0; run < RUNS; run++) {
    const text = Array.from({ length: random.int(1, random.chance(0.1) ? 30 : 5) }, () => random.pick(PARTS)).join("");
    const scanned = scan(Buffer.from(JSON.stringify({ a: text })), NO_NAMES);
    if (!scanned) throw new Error(`not read: ${JSON.stringify(text)}`);
    const { count, start, end, kind } = tellTexts(scanned);
    const told = count === 0 ? undefined : kind[0];
    kinds.add(told);
    const seen = count === 0 ? "" : textAt(scanned, start[0] ?? 0, end[0] ?? 0);
    expect(found(seen, told ?? TEXT_KINDS.any), `${JSON.stringify(text)} of kind ${told}`).toEqual(
      found(text, TEXT_KINDS.any),
    );
  }
  expect(kinds).toEqual(new Set([undefined, ...Object.values(TEXT_KINDS)]));
});

function found(text: string, kind: number): Indicators {
  const lists: Indicators = {
    ipaddresses: undefined,
    domains: undefined,
    hashes: undefined,
    emails: undefined,
    arns: undefined,
  };
  look(text, kind, lists);
  return lists;
}
