import { excerpt, type PipelineError, undecodable, withoutStacks } from "./error.ts";
import { isObject, type Json, type JsonObject, parseJson, setKey } from "./json.ts";
import { millisecondsOf, toUTC } from "./time.ts";
import { gelfFields, MAX_WRAPPERS, WRAPPER_FIELDS, wrappedIn } from "./wrapped.ts";

/** What a JSON text holds, and JSON of `own` that holds it alone and would be read as the same. */
export type Content = Holding | { readonly error: PipelineError; readonly own: () => Json };

interface Holding {
  readonly value: JsonObject;
  readonly own: () => Json;
  /** When its envelope says that it happened, in milliseconds since 1970. */
  readonly timeMs?: number | undefined;
  /** It is meant to be dropped, and this is the name that it is counted under. */
  readonly dropped?: string;
}

/** Fields, in lower case, without which no object is an envelope: others need not be parsed to be told. */
export const ENVELOPE_FIELDS: readonly string[] = [
  ...["messagetype", "records", "detail-type", "dynamodb"],
  ...["@odata.context", "items", "findings"],
  ...WRAPPER_FIELDS,
];

/** The name under which CloudWatch Logs' check of a subscription's destination is counted as dropped. */
export const CONTROL_MESSAGE = "decode_control_message";

/**
 * Takes a JSON value apart: a list into its items, and an object that is an envelope of several into what it holds.
 *
 * @param max contents beyond which it is refused
 * @throws {PipelineError} `expansion_limit` for more than `max` contents
 */
export function contentsOf(value: Json, max: number): Content[] {
  if (!Array.isArray(value)) return contentsOfOne(value, max);
  if (value.length === 0) return [refused(value, "empty_payload", "an empty list")];
  const contents: Content[] = [];
  for (const item of bounded(value, max)) {
    for (const content of contentsOfOne(item, max)) contents.push(content);
    bounded(contents, max);
  }
  return contents;
}

function contentsOfOne(value: Json, max: number): Content[] {
  if (!isObject(value)) return [refused(value, "not_an_object", `${kindOf(value)}, no JSON object`)];
  return logEventsOf(value, max) ?? recordsOf(value, max) ?? findingsOf(value, max) ?? [contentOf(value)];
}

/**
 * Findings of Security Hub: a page of its API (`Findings`), and a custom action's event, which carries up to 20 (User Guide,
 * "Security Hub Findings - Custom Action"). One document a finding; a list of one stays where it is.
 */
function findingsOf(envelope: JsonObject, max: number): Content[] | undefined {
  const { detail } = envelope;
  if (typeof envelope["detail-type"] === "string" && isObject(detail) && hasFindings(detail.findings)) {
    if (detail.findings.length === 1) return undefined;
    const parts = bounded(detail.findings, max).map((finding) => ({ ...detail, findings: [finding] }));
    return parts.map((part) => contentOf({ ...envelope, detail: part }));
  }
  return hasFindings(envelope.Findings) ? bounded(envelope.Findings, max).map(contentOf) : undefined;
}

function hasFindings(list: Json | undefined): list is JsonObject[] {
  if (!Array.isArray(list) || list.length === 0) return false;
  return list.every((item) => isObject(item) && typeof item.ProductArn === "string" && item.AwsAccountId !== undefined);
}

/** CloudWatch Logs' subscription (User Guide, "Subscription filters"): one document a log event. */
function logEventsOf(envelope: JsonObject, max: number): Content[] | undefined {
  const { messageType } = envelope;
  if (typeof messageType !== "string") return undefined;
  const { logEvents, logGroup } = envelope;
  if (typeof logGroup !== "string" || !Array.isArray(logEvents)) return undefined;
  if (messageType === "CONTROL_MESSAGE") return [{ value: envelope, dropped: CONTROL_MESSAGE, own: () => envelope }];
  if (messageType !== "DATA_MESSAGE") return undefined;
  if (logEvents.length === 0) return [refused(envelope, "empty_payload", "an envelope without log events")];
  return bounded(logEvents, max).map((logEvent) => {
    const own = () => ({ ...envelope, logEvents: [logEvent] });
    if (!isObject(logEvent) || typeof logEvent.message !== "string")
      return { ...refused(logEvent, "not_an_object", `${kindOf(logEvent)}, no log event with a message`), own };
    return { ...logDocumentOf(envelope, logEvent, logEvent.message), own };
  });
}

function logDocumentOf(envelope: JsonObject, logEvent: JsonObject, message: string) {
  const { value, timeMs } = unwrap(objectIn(message) ?? { message });
  const facts = restOf({ ...envelope, ...logEvent }, ["messageType", "logEvents", "message"]);
  return { value: withFacts(value, "_cloudwatchlogs", facts), timeMs: timeMs ?? timeIn(logEvent.timestamp) };
}

/** The object that a text is the JSON of. */
function objectIn(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value = withoutStacks(() => parseJson(text));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // it only looked like JSON, or is nested too deep: it stays the text that it is
  }
}

/**
 * The list that an envelope with nothing but scalars beside it is there for: CloudTrail's files and S3's notifications
 * (`Records`), what Azure Monitor sends to an event hub (`records`, alone), and a page of an API's answer as a poller stores it:
 * OData, which Microsoft Graph speaks (`value`), and Google Workspace's reports (`items`).
 */
function listNameIn(envelope: JsonObject): string | undefined {
  if (Array.isArray(envelope.Records)) return "Records";
  if (Array.isArray(envelope.records)) return Object.keys(envelope).length === 1 ? "records" : undefined;
  if (typeof envelope["@odata.context"] === "string") return "value";
  return envelope.kind === "admin#reports#activities" ? "items" : undefined;
}

function recordsOf(envelope: JsonObject, max: number): Content[] | undefined {
  const name = listNameIn(envelope);
  if (name === undefined) return undefined;
  const { [name]: records, ...rest } = envelope;
  if (!Array.isArray(records) || records.length === 0 || !records.every((record) => isObject(record))) return undefined;
  const facts = Object.values(rest);
  if (facts.some((value) => isObject(value) || Array.isArray(value))) return undefined;
  return bounded(records, max).map((record) => {
    const content = contentOf(record);
    if (facts.length === 0 || "error" in content) return content;
    const value = withFacts(content.value, "_records", restOf(rest, []));
    return { ...content, value, own: () => ({ ...rest, [name]: [record] }) };
  });
}

function contentOf(object: JsonObject): Content {
  if (Object.keys(object).length === 0) return refused(object, "empty_payload", "an object without a key");
  const { value, timeMs } = unwrap(object);
  return { value, timeMs, own: () => object };
}

/**
 * EventBridge's envelope is taken off, and so is what shippers and stores wrap around an event, so that it looks the same
 * however it came; nothing else is changed.
 */
function unwrap(object: JsonObject, wrappers = 0): { value: JsonObject; timeMs: number | undefined } {
  if (typeof object["detail-type"] === "string" && typeof object.source === "string" && isObject(object.detail))
    return { value: withFacts(object.detail, "_eventbridge", restOf(object, ["detail"])), timeMs: timeIn(object.time) };
  const plain = gelfFields(object) ?? object;
  const wrapped = wrappers < MAX_WRAPPERS ? wrappedIn(plain) : undefined;
  if (!wrapped)
    return { value: plain, timeMs: isObject(plain.dynamodb) ? changeTimeIn(plain, plain.dynamodb) : undefined };
  const { value, timeMs } = unwrap(wrapped.value, wrappers + 1);
  return { value: withFacts(value, wrapped.name, wrapped.facts), timeMs: timeMs ?? wrapped.timeMs };
}

/** When DynamoDB took a change: milliseconds or microseconds, as the table's stream is set up. */
function changeTimeIn({ eventSource }: JsonObject, dynamodb: JsonObject): number | undefined {
  return eventSource === "aws:dynamodb" ? timeIn(dynamodb.ApproximateCreationDateTime) : undefined;
}

/** What an envelope says of a document, under a name of ours; what the document has there itself goes within. */
function withFacts(document: JsonObject, name: string, facts: JsonObject): JsonObject {
  if (Object.hasOwn(document, name)) facts[name] = document[name] ?? null;
  return { ...document, [name]: facts };
}

/** The fields of an envelope but for some, with the keys that they will have in the lake. */
function restOf(envelope: JsonObject, without: readonly string[]): JsonObject {
  const rest: JsonObject = {};
  for (const [key, value] of Object.entries(envelope)) {
    // A list of its own for each document: plugins may change one without the others.
    if (!without.includes(key)) setKey(rest, key.toLowerCase(), Array.isArray(value) ? [...value] : value);
  }
  return rest;
}

function timeIn(value: Json | undefined): number | undefined {
  const time = toUTC(value, 0);
  return time === undefined ? undefined : millisecondsOf(time);
}

/** @throws {PipelineError} `expansion_limit` for a list of more than `max` */
export function bounded<T>(list: readonly T[], max: number): readonly T[] {
  if (list.length > max) throw undecodable("expansion_limit", `more than the ${max} documents that are left`);
  return list;
}

function refused(value: Json, code: "empty_payload" | "not_an_object", message: string): Content {
  return { error: undecodable(code, message), own: () => value };
}

function kindOf(value: Json): string {
  if (typeof value === "string") return `the text ${excerpt(value)}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isObject(value) ? "an object" : `the value ${excerpt(JSON.stringify(value))}`;
}
