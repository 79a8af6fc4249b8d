import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { batchesOf, MAX_PAYLOAD_BYTES, putBatch } from "../../../handlers/records.ts";
import { type Handler, Refusal, readBody } from "./answer.ts";

/** What a form may send at once, in bytes; more is a file, and files are dropped. */
const MOST_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Puts each line on the stream as a record, whatever it holds; blank ones are left out. */
export function putHandler(kinesis: KinesisClient, stream: string): Handler {
  return async ({ request }) => {
    const lines = linesOf(await readBody(request, MOST_BYTES));
    const long = lines.findIndex(({ length }) => length > MAX_PAYLOAD_BYTES);
    if (long >= 0) throw new Refusal(413, `Record ${long + 1} is over 1 MiB; nothing was put`, "Drop it as a file");
    const counts = { records: 0, failed: 0 };
    for await (const batch of batchesOf(lines)) {
      let taken = 0;
      await putBatch(kinesis, stream, batch, () => void taken++).catch(() => {});
      counts.records += taken;
      counts.failed += batch.length - taken;
    }
    return counts;
  };
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    if (line.toString("latin1").trim() !== "") lines.push(line);
    start = end + 1;
  }
  return lines;
}
