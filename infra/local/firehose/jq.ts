import { createRequire } from "node:module";

interface Jq {
  /** Like `jq <flags> <filter>` on a file: what it prints, without the last line end; throws on exit codes. */
  raw(input: Uint8Array | string, filter: string, flags: string[]): string;
}

/** Partition keys of one document, or why there are none. */
export type Extraction = { keys: Record<string, string> } | { failure: string };

export type Extractor = (documents: Uint8Array[]) => Extraction[];

// What Firehose writes into the error object (recorded by users; the guide does not list the texts).
const NOT_JSON = "Non JSON record provided";
const NO_KEY = "partitionKeys values must not be null or empty";

/** Documents a call: about 25 ms of work; the start of a call costs 2 ms. */
const BATCH = 1000;
const [NUL, LF, SPACE] = [0x00, 0x0a, 0x20];

/**
 * Compiles a jq program that makes an object of partition keys, for many documents at a time.
 *
 * Each document is one line read as text, parsed inside `try`, so that a bad one fails alone. Values that are not
 * non-empty strings are failures.
 *
 * @throws {Error} when jq cannot compile the program
 */
export async function compileExtractor(query: string): Promise<Extractor> {
  // The package is a CommonJS module that is a promise; it comes without types.
  const jq = await (createRequire(import.meta.url)("jq-web") as Promise<Jq>);
  const program = `. as $text | try [fromjson] catch "json" | if type == "string" then . else .[0] | try [${query}\n] catch {failure: tostring} end`;
  try {
    jq.raw("{}\n", program, ["-cR"]);
  } catch (error) {
    throw new Error(`jq cannot compile ${query}: ${error instanceof Error ? error.message : error}`);
  }

  /** One line out for each line in; when jq itself gives up, the halves are tried, down to the one that does it. */
  function run(documents: Uint8Array[]): Extraction[] {
    try {
      const lines = jq.raw(joinLines(documents), program, ["-cR"]).split("\n");
      if (lines.length === documents.length) return lines.map(readLine);
    } catch {
      // told apart below
    }
    if (documents.length === 1) {
      jq.raw("0\n", ".", []); // throws when jq itself is dead: then the call is refused, rather than the record given up
      return [{ failure: "jq gave no answer for the record" }];
    }
    const middle = documents.length >> 1;
    return [...run(documents.slice(0, middle)), ...run(documents.slice(middle))];
  }

  return (documents) => {
    const found: Extraction[] = [];
    for (let at = 0; at < documents.length; at += BATCH) found.push(...run(documents.slice(at, at + BATCH)));
    return found;
  };
}

/** Lines for `jq -R`; what would end or cut a line is blanked: JSON has line ends between tokens only, and no NUL. */
function joinLines(documents: Uint8Array[]): Uint8Array {
  const lines = new Uint8Array(documents.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const document of documents) {
    lines.set(document, at);
    if (document.includes(LF) || document.includes(NUL)) blank(lines.subarray(at, at + document.length));
    at += document.length;
    lines[at++] = LF;
  }
  return lines;
}

function blank(line: Uint8Array): void {
  for (const [index, byte] of line.entries()) if (byte < SPACE) line[index] = SPACE;
}

function readLine(line: string): Extraction {
  const output = JSON.parse(line) as string | { failure: string } | unknown[];
  if (typeof output === "string") return { failure: NOT_JSON };
  if (!Array.isArray(output)) return { failure: `jq: ${output.failure}`.slice(0, 200) };
  const [keys] = output;
  if (output.length !== 1 || typeof keys !== "object" || keys === null) return { failure: NO_KEY };
  const values = Object.values(keys);
  const complete = values.length > 0 && values.every((value) => typeof value === "string" && value !== "");
  return complete ? { keys: keys as Record<string, string> } : { failure: NO_KEY };
}
