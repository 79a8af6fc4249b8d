import { MAX_PAYLOAD_BYTES } from "../records.ts";
import type { Piece } from "./split.ts";

/** Where pieces come from: with the position it is what their identity is made of. */
export interface Origin {
  readonly bucket: string;
  readonly key: string;
  /** The version id; in a bucket without versions the ETag. */
  readonly version: string;
}

/** The position of an error that concerns the object as a whole. */
export const WHOLE_OBJECT = -1;

/** Where CloudTrail writes, for one account, an organization, and each kind of event (CloudTrail User Guide, "Log file name format"). */
const CLOUDTRAIL_KEY =
  /(^|\/)AWSLogs\/(o-[a-z0-9]+\/)?\d{12}\/CloudTrail(-(Insight|NetworkActivity|Aggregated))?\/[a-z0-9-]+\/\d{4}\/\d{2}\/\d{2}\//;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;
const DOCUMENT_END = Buffer.from("}\n");

/** Parts of one line, its line end included. A string is ASCII: its length is its bytes. */
export type Line = readonly (Buffer | string)[];

/**
 * Writes pieces as the lines that the consumer takes apart again: `{"_s3":{bucket, key, version, position, source}, ...}`
 * and the document as it stood, or its bytes as base64, or why there is only a reference.
 *
 * @returns a line that fits a record of the stream
 */
export function createEnvelope({ bucket, key, version }: Origin): (piece: Piece, position: number) => Line {
  const source = CLOUDTRAIL_KEY.test(key) ? "cloudtrail" : "s3json";
  const start = Buffer.from(`{"_s3":${JSON.stringify({ bucket, key, version }).slice(0, -1)},"position":`);
  const afterPosition = `,"source":"${source}"},`;
  const beforeDocument = Buffer.from(`${afterPosition}"document":`);

  function write(piece: Piece, position: number): Line {
    const place = String(position);
    if (piece.kind === "document") return [start, place, beforeDocument, oneLine(piece.bytes), DOCUMENT_END];
    if (piece.kind === "broken")
      return [start, place, `${afterPosition}"payload":"${piece.bytes.toString("base64")}"}\n`];
    const { code, message } = piece;
    return [start, place, Buffer.from(`${afterPosition}"error":${JSON.stringify({ code, message })}}\n`)];
  }

  return (piece, position) => {
    const line = write(piece, position);
    if (piece.kind === "error" || lengthOf(line) <= MAX_PAYLOAD_BYTES) return line;
    const message = `one document of ${piece.bytes.length} bytes is more than a record of the stream holds`;
    return write({ kind: "error", code: "too_large", message }, position);
  };
}

export function lengthOf(line: Line): number {
  return line.reduce((sum, { length }) => sum + length, 0);
}

/** Line ends in JSON stand only between its tokens, where a blank means the same. */
function oneLine(json: Buffer): Buffer {
  if (!json.includes(NEWLINE) && !json.includes(CARRIAGE_RETURN)) return json;
  const line = Buffer.from(json);
  for (const [at, byte] of line.entries()) if (byte === NEWLINE || byte === CARRIAGE_RETURN) line[at] = BLANK;
  return line;
}
