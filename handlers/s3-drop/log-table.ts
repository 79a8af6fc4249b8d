import { isUtf8 } from "node:buffer";
import type { Piece } from "./split.ts";
import { chain } from "./through.ts";

/** How W3C's extended log file format begins, in which CloudFront and IIS write; the lines after `#` are its directives. */
const W3C = /^#(?:Version|Software|Fields|Date): ?\S/;
const FIELDS = /^#Fields: ?(\S.*)$/;

/** The first line of a VPC's or a transit gateway's flow log: the fields that it was set up with, in their order. */
const FLOW_NAMES = /^[a-z][a-z0-9-]{1,40}(?: [a-z][a-z0-9-]{1,40}){3,99}$/;

/** Longest first line that is looked at, in bytes; all the names that flow logs have are 600. */
const LONGEST_HEAD = 4096;

const NEWLINE = 0x0a;

/**
 * Reads a text that names the fields of its lines, and takes it apart: W3C's extended log file format, and flow logs. Each
 * line is a document whose keys are the names; a value of `-` is left out. A line with another number of values is broken.
 *
 * @param largest a line of more bytes is an error
 * @returns undefined for any other text, of which nothing is taken
 */
export async function logTableOf(
  text: AsyncIterable<Buffer>,
  largest: number,
): Promise<{ rows: AsyncGenerator<Piece[]> | undefined; text: AsyncGenerator<Buffer> }> {
  const parts = text[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done) return { rows: undefined, text: chain(Buffer.alloc(0), parts) };
  const whole = chain(first.value, parts);
  const head = first.value.toString("latin1", 0, LONGEST_HEAD).split(/\r?\n/, 1)[0] ?? "";
  const isFlow = FLOW_NAMES.test(head) && head.includes("srcaddr") && head.includes("dstaddr");
  return { rows: isFlow || W3C.test(head) ? rowsOf(whole, largest) : undefined, text: whole };
}

async function* rowsOf(text: AsyncIterable<Buffer>, largest: number): AsyncGenerator<Piece[]> {
  let names: readonly string[] | undefined;
  for await (const lines of linesOf(text, largest)) {
    const pieces: Piece[] = [];
    for (const line of lines) {
      const named = typeof line === "string" ? namesIn(line, names === undefined) : undefined;
      names = named ?? names;
      if (named || line === "" || (typeof line === "string" && line.startsWith("#"))) continue;
      pieces.push(typeof line === "string" ? pieceOf(names ?? [], line) : line);
    }
    yield pieces;
  }
}

/** The names that a line gives: a directive, or the first line of a flow log. */
function namesIn(line: string, isFirst: boolean): string[] | undefined {
  const names = FIELDS.exec(line)?.[1] ?? (isFirst && FLOW_NAMES.test(line) ? line : undefined);
  return names?.trim().split(/[ \t]+/);
}

function pieceOf(names: readonly string[], line: string): Piece {
  const values = line.split(line.includes("\t") ? "\t" : " ");
  if (values.length !== names.length) return { kind: "broken", bytes: Buffer.from(line) };
  const said = names.flatMap((name, i) => (values[i] === "-" || values[i] === "" ? [] : [[name, values[i]] as const]));
  return { kind: "document", bytes: Buffer.from(JSON.stringify(Object.fromEntries(said))) };
}

/** The lines of a text that comes in parts; what is no UTF-8 is broken, and what is too long an error. */
async function* linesOf(text: AsyncIterable<Buffer>, largest: number): AsyncGenerator<(string | Piece)[]> {
  let rest: Buffer = Buffer.alloc(0);
  let dropped = 0;
  const take = (line: Buffer): string | Piece => {
    const length = dropped + line.length;
    dropped = 0;
    if (length > largest) return { kind: "error", code: "too_large", message: `a line of ${length} bytes` };
    return isUtf8(line) ? line.toString().replace(/\r$/, "") : { kind: "broken", bytes: line };
  };
  for await (const part of text) {
    const buffer = rest.length === 0 ? part : Buffer.concat([rest, part]);
    const lines: (string | Piece)[] = [];
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
      lines.push(take(buffer.subarray(start, end)));
      start = end + 1;
    }
    rest = buffer.subarray(start);
    if (rest.length > largest) {
      dropped += rest.length;
      rest = Buffer.alloc(0);
    }
    yield lines;
  }
  if (rest.length + dropped > 0) yield [take(rest)];
}
