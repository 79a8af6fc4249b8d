import type { Draft } from "./document.ts";
import { ENVELOPE_FIELDS } from "./envelope.ts";
import { isObject, parseJson } from "./json.ts";
import { createNames } from "./names.ts";
import { scan } from "./scan.ts";
import type { Scanned } from "./scanned.ts";
import { mayWrap, TEXT_FIELDS } from "./wrapped.ts";

/** Fields of envelopes, and those whose text may be an event. */
const ENVELOPES = createNames([...ENVELOPE_FIELDS, ...TEXT_FIELDS]);

/**
 * The draft of the usual document, one JSON object that is no envelope and that nothing is odd about: it need not be
 * parsed to be told from others.
 *
 * @returns undefined for any others, good or bad
 */
export function usualDraft(bytes: Uint8Array): Draft | undefined {
  const scanned = scan(bytes, ENVELOPES);
  if (!scanned || holdsEnvelope(scanned)) return undefined;
  return {
    subsequence: 0,
    index: 0,
    bytes,
    payload: () => bytes,
    parse() {
      const value = parseJson(Buffer.from(bytes).toString());
      if (isObject(value)) return value;
      throw new TypeError("decode: a document changed between two parses");
    },
  };
}

function holdsEnvelope({ found, root, text }: Scanned): boolean {
  for (let i = 0; i < found.count; i++) {
    if (found.object[i] !== root) continue;
    if ((found.name[i] ?? 0) < ENVELOPE_FIELDS.length || mayWrap(text, found.start[i] ?? 0)) return true;
  }
  return false;
}
