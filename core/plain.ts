import type { Draft } from "./document.ts";
import { contentsOf } from "./envelope.ts";
import { withoutStacks } from "./error.ts";
import { isObject, type JsonObject, parseJson } from "./json.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Larger ones are left to core/split.ts, which says what is wrong with a text that is nested too deep to be parsed. */
const MAX_BYTES = 1_000_000;

const NEWLINE = 0x0a;

/**
 * The draft of the usual payload, one JSON object on one line in UTF-8 that is no envelope, without all that finding
 * out about others takes.
 *
 * @returns undefined for any other payload, good or bad
 */
export function plainDraft(payload: Uint8Array): Draft | undefined {
  if (payload[0] !== 0x7b || payload[1] === 0 || payload.length > MAX_BYTES) return undefined;
  const newline = payload.indexOf(NEWLINE);
  if (newline >= 0 && newline < payload.length - 1) return undefined;
  const text = textIn(payload);
  let first = text === undefined ? undefined : documentIn(text);
  if (text === undefined || first === undefined) return undefined;
  return {
    subsequence: 0,
    index: 0,
    payload: () => payload,
    parse() {
      const value = first ?? parseJson(text);
      first = undefined; // not kept once it is handed out
      if (isObject(value)) return value;
      throw new TypeError("decode: a document changed between two parses");
    },
  };
}

function textIn(payload: Uint8Array): string | undefined {
  try {
    return UTF8.decode(payload);
  } catch {
    return undefined;
  }
}

/** The object that a text is, unless it is an envelope, or says more of the document in it. */
function documentIn(text: string): JsonObject | undefined {
  try {
    const value = withoutStacks(() => parseJson(text));
    const [content] = contentsOf(value, 1);
    if (!content || !("value" in content) || content.value !== value) return undefined;
    return content.timeMs === undefined && content.dropped === undefined ? content.value : undefined;
  } catch {
    return undefined; // what it is instead is for core/split.ts and core/envelope.ts to say
  }
}
