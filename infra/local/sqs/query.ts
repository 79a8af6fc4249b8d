/**
 * SQS's former protocol: a form in, XML out. Clients speak it that are older than the JSON protocol of November 2023, such as
 * version 2.9 of the aws CLI, which Debian 12 has.
 */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Json, type JsonObject, type Service, ServiceError } from "../service.ts";
import { readForm } from "./form.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A batch of 1 MiB, every byte of which the form writes as three (`%0A`). */
const MOST_BODY_BYTES = 4 * 1024 * 1024;

const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";

/** Lists of an answer, and what their members are called in XML. */
const MEMBERS: Readonly<Record<string, string>> = {
  Messages: "Message",
  QueueUrls: "QueueUrl",
  queueUrls: "QueueUrl",
  Failed: "BatchResultErrorEntry",
};

/** Codes that this protocol has under a longer name (`awsQueryError` in the service's model). */
const LONG_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  ...Object.fromEntries(
    [
      ...["BatchEntryIdsNotDistinct", "BatchRequestTooLong", "EmptyBatchRequest", "InvalidBatchEntryId"],
      ...["MessageNotInflight", "TooManyEntriesInBatchRequest", "UnsupportedOperation"],
    ].map((code) => [code, `AWS.SimpleQueueService.${code}`]),
  ),
};

/** Answers the forms that clients of SQS post, and leaves every other request to `otherwise`, its body unread. */
export function answerQueries(sqs: Service, otherwise: Handler): Handler {
  return (request, response) => {
    const isForm = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    if (request.method !== "POST" || !isForm) return otherwise(request, response);
    answer(sqs, request).then(
      ({ status, xml }) => response.writeHead(status, { "content-type": "text/xml" }).end(xml),
      () => response.destroy(),
    );
  };
}

async function answer(sqs: Service, request: IncomingMessage): Promise<{ status: number; xml: string }> {
  try {
    const { action, input } = readForm(await readBody(request));
    const operation = Object.hasOwn(sqs.operations, action) ? sqs.operations[action] : undefined;
    if (!operation)
      throw new ServiceError("InvalidAction", `The action ${action} is not one that the local lake answers.`);
    return { status: 200, xml: resultXml(action, await operation(input)) };
  } catch (error) {
    return errorXml(error);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MOST_BODY_BYTES) chunks.push(chunk);
  }
  if (size <= MOST_BODY_BYTES) return Buffer.concat(chunks).toString();
  throw new ServiceError("RequestEntityTooLarge", `The form has ${size} bytes; ${MOST_BODY_BYTES} are taken.`, 413);
}

function resultXml(action: string, answer: JsonObject): string {
  const requestId = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  const result = members(answer, action);
  return `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result>${requestId}</${action}Response>`;
}

function errorXml(error: unknown): { status: number; xml: string } {
  const known = error instanceof ServiceError;
  if (!known) console.error("sqs: a request failed and was answered with InternalFailure:", error);
  const { code, status, message } = known ? error : new ServiceError("InternalFailure", String(error), 500);
  const Type = status < 500 ? "Sender" : "Receiver";
  const description = members({ Error: { Type, Code: LONG_CODES[code] ?? code, Message: message } }, "");
  const xml = `<ErrorResponse xmlns="${NAMESPACE}">${description}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return { status, xml };
}

function members(value: JsonObject, action: string): string {
  return Object.entries(value)
    .map(([name, member]) => element(name, member, action))
    .join("");
}

function element(name: string, value: Json | undefined, action: string): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((member) => element(memberName(name, action), member, action)).join("");
  if (typeof value !== "object") return `<${name}>${escapeText(String(value))}</${name}>`;
  if (name !== "Attributes" && name !== "MessageAttributes") return `<${name}>${members(value, action)}</${name}>`;
  const entries = Object.entries(value).map(([Name, Value]) => members({ Name, Value }, action));
  return entries.map((entry) => `<${name.slice(0, -1)}>${entry}</${name.slice(0, -1)}>`).join("");
}

/** `Successful` of DeleteMessageBatch has members called DeleteMessageBatchResultEntry. */
function memberName(list: string, action: string): string {
  return list === "Successful" ? `${action}ResultEntry` : (MEMBERS[list] ?? list);
}

function escapeText(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;" };
  return text.replace(/[&<>"\r]/g, (char) => named[char] ?? char);
}
