import { type DecodeOptions, type Document, decode } from "./decode.ts";
import type { SourceRecord } from "./pipeline.ts";
import { type Unparsed, unparsedIn } from "./unparsed.ts";

/** The documents of a record, one at a time. */
export interface Documents {
  /** The one at hand, which stays the same until it is taken; undefined behind the last. */
  atHand(): Document | Unparsed | undefined;
  take(): void;
  /** Gives up telling documents apart without parsing: the one at hand, and what follows, are the decoder's. */
  decode(): Document | undefined;
}

export function isUnparsed(document: Document | Unparsed): document is Unparsed {
  return "isLine" in document;
}

export const NO_DOCUMENTS: Documents = { atHand: () => undefined, take() {}, decode: () => undefined };

/** The documents of a record: told apart without parsing as far as that goes, and by the decoder from there on. */
export function documentsIn({ payload, refusal }: SourceRecord, options: DecodeOptions): Documents {
  const unparsed = unparsedIn(payload);
  /** From the last to the next: what was taken need not be kept. */
  let decoded: Document[] | undefined = refusal && [
    { error: refusal, payload: () => payload, subsequence: 0, index: 0 },
  ];
  let document: Document | Unparsed | undefined;
  let taken = 0;
  let isReading = false;

  function decodeNext(): Document | undefined {
    if (!decoded && !isReading) unparsed.return(false);
    decoded ??= following(decode(payload, options), taken).reverse();
    return decoded.pop();
  }

  function next(): Document | Unparsed | undefined {
    if (decoded || isReading) return decodeNext(); // still reading: that was ended from outside
    isReading = true;
    const { value, done } = unparsed.next();
    isReading = false;
    if (done === true) return value ? undefined : decodeNext();
    const isPayload = value.bytes.length === payload.length; // which turned out to be odd before
    return isPayload ? decodeNext() : value;
  }

  return {
    atHand() {
      document ??= next();
      return document;
    },
    take() {
      document = undefined;
      taken++;
    },
    decode() {
      document = decodeNext();
      return document;
    },
  };
}

/** Those behind the ones that were taken; or the refusal of them all, as too many, which shows late. */
function following(documents: Document[], taken: number): Document[] {
  const [first] = documents;
  const isRefusal = documents.length === 1 && first && "error" in first;
  return isRefusal ? documents : documents.slice(taken);
}
