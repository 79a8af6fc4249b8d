import { constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decode, MAX_EXPANDED_BYTES } from "../../core/decode.ts";

/** Each document as the object it is, or its code. */
function read(payload: Uint8Array, acceptText = false): unknown[] {
  return decode(payload, { acceptText }).map((document) =>
    "error" in document ? document.error.code : document.parse(),
  );
}

/** The bytes of the last document. */
const lastBytes = (payload: Uint8Array) => Buffer.from(decode(payload).at(-1)?.payload() ?? []);

const join = (...parts: Uint8Array[]) => Buffer.concat(parts);
const flip = (bytes: Buffer, at: number) => {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 0xff;
  return changed;
};

const A = { a: 1 };
const B = { b: 2 };
const LINE = '{"a":1}\n';
const OTHER = '{"b":2}\n';
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

/** A header with every optional field: extra, name, comment and header check (RFC 1952). */
function fullHeader(gzip: Buffer): Buffer {
  const fields = Buffer.from("\x03\x00abcname.json\0a comment\0\x00\x00", "latin1");
  return join(gzip.subarray(0, 3), Buffer.from([0x1e]), gzip.subarray(4, 10), fields, gzip.subarray(10));
}

describe("compressed payloads are read", () => {
  test.each([
    ["gzip of several members", join(gzipSync(LINE), gzipSync(OTHER)), [A, B]],
    ["gzip whose line goes through two members", join(gzipSync('{"a"'), gzipSync(":1}")), [A]],
    ["zlib at each level", join(...[0, 1, 5, 6, 9].map((level) => deflateSync(LINE, { level }))), Array(5).fill(A)],
    ["zlib, several streams", join(deflateSync(LINE), deflateSync(OTHER)), [A, B]],
    ["zstd of several frames", join(zstdCompressSync(LINE), zstdCompressSync(OTHER)), [A, B]],
    ["zstd with skippable frames", join(skippable, zstdCompressSync(LINE), skippable), [A]],
    ["several formats one after another", join(gzipSync(LINE), zstdCompressSync(OTHER), deflateSync(LINE)), [A, B, A]],
    ["one within another, three deep", gzipSync(zstdCompressSync(deflateSync(LINE))), [A]],
    ["gzip with zero bytes after it", join(gzipSync(LINE), Buffer.alloc(512)), [A]],
  ])("%s", (_, payload, documents) => expect(read(payload)).toEqual(documents));
});

describe("broken compression is refused", () => {
  const big = Buffer.alloc(MAX_EXPANDED_BYTES + 1, " ");
  test.each([
    ["gzip with a wrong checksum", flip(gzipSync(LINE), 20), "invalid_gzip"],
    [
      "gzip that is damaged so that its end seems to be missing",
      Buffer.from("H4sIAAAAAAAAA2MAAAD/EtlB", "base64"),
      "invalid_gzip",
    ],
    ["gzip with a wrong method", flip(gzipSync(LINE), 2), "invalid_gzip"],
    ["zlib with a wrong checksum", flip(deflateSync(LINE), 14), "invalid_zlib"],
    ["zlib in name only", Buffer.from([0x78, 0x9c, 0xff, 0xff, 0xff]), "invalid_zlib"],
    ["zstd with a wrong checksum", flip(zstdCompressSync(LINE, checked), 18), "invalid_zstd"],
    ["zstd in name only", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff]), "invalid_zstd"],
    ["a zstd frame that asks for 2 GiB of memory", Buffer.from("28b52ffd00a8390000", "hex"), "expansion_limit"],
    ["zstd of nothing but skippable frames", skippable, "empty_payload"],
    ["gzip four deep", gzipSync(gzipSync(gzipSync(gzipSync(LINE)))), "expansion_limit"],
    ["a gzip bomb", gzipSync(big), "expansion_limit"],
    ["a zlib bomb", deflateSync(big), "expansion_limit"],
    ["a zstd bomb", zstdCompressSync(big), "expansion_limit"],
    ["a bomb of two members", join(gzipSync(big.subarray(9)), gzipSync(big.subarray(9))), "expansion_limit"],
    ["a bomb within a bomb", gzipSync(gzipSync(big.subarray(9))), "expansion_limit"],
  ])("%s, with its bytes as they came", (_, payload, code) => {
    expect(read(payload)).toEqual([code]);
    expect(lastBytes(payload).equals(payload)).toBe(true);
  });

  test("a bomb within limits at each level, over the limit in sum", () => {
    const half = gzipSync(Buffer.alloc(MAX_EXPANDED_BYTES - 9, " "), { level: 0 });
    expect(read(gzipSync(half))).toEqual(["expansion_limit"]);
  });
});

describe("what comes before what is broken is read, and the rest is quarantined", () => {
  const good = join(gzipSync(LINE), gzipSync(OTHER));
  const garbage = Buffer.from("garbage");
  test.each([
    ["garbage after gzip", good, garbage, "invalid_gzip"],
    ["garbage after gzip with every header field", fullHeader(gzipSync(LINE + OTHER)), garbage, "invalid_gzip"],
    ["garbage after zero bytes after gzip", good, join(Buffer.alloc(3), garbage), "invalid_gzip"],
    ["garbage after zlib", deflateSync(LINE + OTHER), garbage, "invalid_zlib"],
    ["garbage after zstd", zstdCompressSync(LINE + OTHER), garbage, "invalid_zstd"],
    ["JSON after gzip", good, Buffer.from(LINE), "invalid_gzip"],
    ["a gzip member with a wrong checksum", good, flip(gzipSync(LINE), 20), "invalid_gzip"],
    [
      "a zstd frame with a wrong checksum",
      zstdCompressSync(LINE + OTHER),
      flip(zstdCompressSync(LINE, checked), 18),
      "invalid_zstd",
    ],
    ["a gzip member that is cut off", zstdCompressSync(LINE + OTHER), gzipSync(LINE).subarray(0, 12), "invalid_gzip"],
    ["a gzip member of another method", good, flip(gzipSync(LINE), 2), "invalid_gzip"],
  ])("%s", (_, before, rest, code) => {
    const payload = join(before, rest);
    expect(read(payload)).toEqual([A, B, code]);
    expect(lastBytes(payload).equals(rest)).toBe(true);
  });

  test("members beyond ten thousand are quarantined, together", () => {
    const frame = zstdCompressSync(LINE);
    const payload = join(...Array(10_005).fill(frame));
    expect(decode(payload)).toHaveLength(10_001);
    expect(read(payload).at(-1)).toBe("expansion_limit");
    expect(lastBytes(payload).equals(join(...Array(5).fill(frame)))).toBe(true);
  });
});

describe("a truncated payload", () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ n, text: (n * 2654435761).toString(36) }));
  test.each([
    ["gzip", gzipSync],
    ["zlib", deflateSync],
    ["zstd", zstdCompressSync],
  ] as const)("of %s gives the lines before its end, and is quarantined whole", (name, compress) => {
    const whole = compress(lines.join("\n"));
    for (let cut = 10; cut < whole.length; cut += 9973) {
      const payload = whole.subarray(0, cut);
      const documents = read(payload);
      expect(documents.pop()).toBe(`invalid_${name}`);
      expect(documents).toEqual(lines.slice(0, documents.length).map((line) => JSON.parse(line)));
      // A block of zstd is 128 KiB of text, and is there as a whole or not at all.
      expect(documents.length).toBeGreaterThanOrEqual(Math.floor((lines.length * cut) / whole.length) - 5000);
      expect(lastBytes(payload).equals(payload)).toBe(true);
    }
  });

  test("gives no line of text that is not whole", () => {
    const cut = gzipSync("one line\nanother\nthe last", { level: 0 }).subarray(0, -12);
    expect(read(cut, true)).toEqual([{ message: "one line" }, { message: "another" }, "invalid_gzip"]);
  });

  test("is read up to a character that it is cut within", () => {
    const cut = gzipSync(`${LINE}${OTHER}{"é`, { level: 0 }).subarray(0, -9);
    expect(read(cut)).toEqual([A, B, "invalid_gzip"]);
  });

  test("within a payload that is whole is quarantined as that came", () => {
    const payload = gzipSync(gzipSync(LINE + OTHER, { level: 0 }).subarray(0, -10));
    expect(read(payload)).toEqual([A, "invalid_gzip"]);
    expect(lastBytes(payload).equals(payload)).toBe(true);
  });
});
