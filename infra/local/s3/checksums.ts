import { createHash } from "node:crypto";
import { Crc32, Crc32c, Crc64Nvme } from "@aws-sdk/checksums/crc";
import { S3Error } from "./error.ts";

/** Checksum algorithms of the S3 API, by the suffix of their `x-amz-checksum-` header. */
export const ALGORITHMS = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A checksum kept with an object: base64, and whether it covers the bytes or the checksums of the parts. */
export interface Checksum {
  algorithm: Algorithm;
  value: string;
  type: "FULL_OBJECT" | "COMPOSITE";
}

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** @returns base64 */
  digest(): Promise<string>;
}

export function hasher(algorithm: Algorithm | "md5"): Hasher {
  if (algorithm === "md5" || algorithm === "sha1" || algorithm === "sha256") {
    const hash = createHash(algorithm);
    return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest("base64") };
  }
  const crc = algorithm === "crc32" ? new Crc32() : algorithm === "crc32c" ? new Crc32c() : new Crc64Nvme();
  return {
    update: (bytes) => crc.update(bytes),
    digest: async () => Buffer.from(await crc.digest()).toString("base64"),
  };
}

/** Reads the algorithm's name as the API writes it (`CRC32C`), e.g. from `x-amz-checksum-algorithm`. */
export function algorithmNamed(name: string | undefined): Algorithm | undefined {
  return ALGORITHMS.find((algorithm) => algorithm === name?.toLowerCase());
}

/** The algorithm a request uses: its header, its announced trailer, or undefined when it sends no checksum. */
export function requestedAlgorithm(headers: Headers): Algorithm | undefined {
  const trailer = headers["x-amz-trailer"] ?? "";
  return ALGORITHMS.find(
    (algorithm) => headers[`x-amz-checksum-${algorithm}`] !== undefined || trailer === `x-amz-checksum-${algorithm}`,
  );
}

/** Lower-case header names, one value each. */
export type Headers = Record<string, string>;

/** @throws {S3Error} `BadDigest` when the bytes received are not those that were sent */
export function verify(what: string, expected: string | undefined, actual: string | undefined): void {
  if (expected === undefined || actual === undefined || expected === actual) return;
  throw new S3Error("BadDigest", `The ${what} you specified did not match the received bytes; nothing is stored`, 400);
}

/** Checksum of a multipart upload's parts: the hash of their hashes, with their count (S3, "composite checksums"). */
export async function compositeChecksum(algorithm: Algorithm, parts: string[]): Promise<string> {
  const hash = hasher(algorithm);
  for (const part of parts) hash.update(Buffer.from(part, "base64"));
  return `${await hash.digest()}-${parts.length}`;
}
