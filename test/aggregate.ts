import { createHash } from "node:crypto";

/** A record as the Kinesis Producer Library aggregates it: magic, protocol buffers, MD5 (its "Aggregated Record Format"). */
export function aggregate(records: readonly { readonly key: string; readonly data: Uint8Array }[]): Buffer {
  const keys = [...new Set(records.map(({ key }) => key))];
  return sealed(
    Buffer.concat([
      ...keys.map((key) => field(1, Buffer.from(key))),
      ...records.map(({ key, data }) =>
        field(3, Buffer.concat([varint(1 << 3), varint(keys.indexOf(key)), field(3, data)])),
      ),
    ]),
  );
}

/** A body between the magic and its checksum. */
export function sealed(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), body, createHash("md5").update(body).digest()]);
}

/** A length-delimited field. */
function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
