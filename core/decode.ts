import { type Draft, draftsOf, refusedDraft } from "./document.ts";
import { PipelineError, type QuarantineCode, undecodable } from "./error.ts";
import { expand } from "./expand.ts";
import { deaggregate } from "./kpl.ts";
import { type Budget, MAX_DOCUMENTS, MAX_EXPANDED_BYTES } from "./limits.ts";
import { partsIn } from "./text.ts";
import { usualDraft } from "./usual-draft.ts";

export { MAX_DOCUMENTS, MAX_EXPANDED_BYTES };

/**
 * A document of a payload: one that may become an event (`parse`), or one that cannot, with why (`error`); and the bytes
 * that are quarantined for it when it does not.
 */
export type Document = Readonly<Draft>;

export interface DecodeOptions {
  /** True when a line that is no JSON is an event with that line as its `message`; it is refused otherwise. */
  readonly acceptText?: boolean;
}

/**
 * Reads a payload into its documents.
 *
 * - It may be aggregated by the Kinesis Producer Library; an aggregated record within one is not taken apart (core/kpl.ts).
 * - It, or a user record of it, may be gzip, zlib or zstd, by magic, three deep (core/expand.ts).
 * - It is text (core/text.ts): JSON objects and lists of them, by the line or one after another (core/split.ts).
 * - An object may be an envelope: CloudWatch Logs, EventBridge, `Records` (core/envelope.ts).
 *
 * Never throws and never answers with nothing: a payload without a document is one document in error. What is wrong
 * with a part costs only that part, which is quarantined with its own bytes; of a payload that is wrong as a whole, the
 * bytes as they came. Memory is bounded by {@link MAX_EXPANDED_BYTES} and {@link MAX_DOCUMENTS}.
 */
export function decode(payload: Uint8Array, { acceptText = false }: DecodeOptions = {}): Document[] {
  const left: Budget = { bytes: MAX_EXPANDED_BYTES, documents: MAX_DOCUMENTS };
  const records = deaggregate(payload);
  if (!records) return documentsOf(payload, acceptText, left);
  const documents: Document[] = [];
  for (const [subsequence, { data, partitionKey }] of records.entries()) {
    for (const draft of documentsOf(data, acceptText, left)) {
      draft.subsequence = subsequence;
      draft.partitionKey = partitionKey;
      documents.push(draft);
    }
    if (left.documents < 0) return refusedWhole(payload, "expansion_limit", `more than ${MAX_DOCUMENTS} documents`);
  }
  if (documents.length > 0) return documents;
  return refusedWhole(payload, "empty_payload", "an aggregated record without a record");
}

/** Refusals of a line for what it holds itself. */
const OWN_REFUSALS = new Set<QuarantineCode>(["invalid_json", "empty_payload", "not_an_object"]);

/**
 * Reads a line that begins and ends as an object does, and stands among others.
 *
 * @returns undefined when it may be anything but one document, or one that is refused
 */
export function decodeLine(line: Uint8Array, { acceptText = false }: DecodeOptions = {}): Document | undefined {
  try {
    const parts = partsIn(line, { acceptText, cut: false, max: MAX_DOCUMENTS });
    const drafts = parts.length === 1 && parts[0] ? draftsOf(parts[0], MAX_DOCUMENTS) : [];
    const [draft] = drafts;
    if (!draft || drafts.length > 1) return undefined;
    return "error" in draft && !OWN_REFUSALS.has(draft.error.code) ? undefined : draft;
  } catch (error) {
    if (error instanceof PipelineError) return undefined;
    throw error;
  }
}

function documentsOf(payload: Uint8Array, acceptText: boolean, left: Budget): Draft[] {
  const drafts = draftsIn(payload, acceptText, left);
  left.documents -= drafts.length;
  if (drafts.length === 1 && drafts[0]) drafts[0].payload = () => payload;
  else for (const [index, draft] of drafts.entries()) draft.index = index;
  return drafts;
}

function refusedWhole(payload: Uint8Array, code: QuarantineCode, message: string): Document[] {
  return [refusedDraft(undecodable(code, message), () => payload)];
}

function draftsIn(payload: Uint8Array, acceptText: boolean, left: Budget): Draft[] {
  try {
    const { bytes, cut, flaws } = expand(payload, left, acceptText);
    const usual = flaws.length === 0 && !cut ? usualDraft(bytes) : undefined;
    if (usual) return [usual];
    const parts = partsIn(bytes, { acceptText, cut, max: left.documents });
    const [only] = parts;
    if (only && parts.length === 1 && flaws.length === 0) return draftsOf(only, left.documents);
    const drafts: Draft[] = [];
    for (const part of parts) {
      for (const draft of draftsOf(part, left.documents - drafts.length)) drafts.push(draft);
    }
    if (parts.length + flaws.length === 0) throw undecodable("empty_payload", "nothing but blanks");
    if (parts.length + flaws.length > 1 && drafts.every(isError)) throw flaws[0]?.error ?? errorOf(drafts);
    for (const { error, payload } of flaws) drafts.push(refusedDraft(error, () => payload));
    return drafts;
  } catch (error) {
    if (error instanceof PipelineError) return [refusedDraft(error, () => payload)];
    throw error;
  }
}

function isError(draft: Draft): boolean {
  return "error" in draft;
}

/** The one error of a payload whose parts are all in error: theirs, if they agree. */
function errorOf(drafts: readonly Draft[]): PipelineError {
  const errors = drafts.flatMap((draft) => ("error" in draft ? [draft.error] : []));
  const [first] = errors;
  if (first && errors.every(({ code }) => code === first.code)) return first;
  const utf8 = errors.find(({ code }) => code === "invalid_utf8");
  return utf8 ?? undecodable("invalid_json", `none of ${errors.length} parts is a JSON object`);
}
