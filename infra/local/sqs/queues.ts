import { reader, required, text, whole } from "../kinesis/check.ts";
import { type JsonObject, type Operation, ServiceError } from "../service.ts";
import { checkAttributes, redriveOf, withDefaults } from "./attributes.ts";
import { announce, arnOf, attributeMap, type Context, findQueue, queueUrl, textList, urlOf } from "./context.ts";
import type { Attributes, Queue } from "./store.ts";

const queueName = text({ min: 1, max: 80, pattern: "[A-Za-z0-9_-]+" });
const url = { QueueUrl: required(queueUrl) };
const page = { MaxResults: whole({ min: 1, max: 1000 }), NextToken: text() };

const readUrl = reader(url);
const readName = reader({ QueueName: required(queueName) });
const readCreate = reader({ QueueName: required(queueName), Attributes: attributeMap });
const readSet = reader({ ...url, Attributes: required(attributeMap) });
const readGet = reader({ ...url, AttributeNames: textList });
const readList = reader({ QueueNamePrefix: text(), ...page });
const readSources = reader({ ...url, ...page });

export function queueOperations(context: Context): Record<string, Operation> {
  const { store, now } = context;
  return {
    CreateQueue(input) {
      const { QueueName: name, Attributes: given } = readCreate(input);
      const attributes = checkAttributes(Object.fromEntries(given ?? []));
      const existing = store.queue(name);
      if (existing) checkSame(existing, attributes);
      else store.addQueue(name, attributes, now());
      return { QueueUrl: urlOf(context, name) };
    },
    DeleteQueue(input) {
      const queue = findQueue(context, readUrl(input).QueueUrl);
      store.removeQueue(queue.id);
      announce(context, queue);
      return {};
    },
    GetQueueUrl(input) {
      return { QueueUrl: urlOf(context, findQueue(context, readName(input).QueueName).name) };
    },
    ListQueues(input) {
      const { QueueNamePrefix: prefix = "", ...rest } = readList(input);
      return listUrls(context, "QueueUrls", rest, (queue) => queue.name.startsWith(prefix));
    },
    ListDeadLetterSourceQueues(input) {
      const { QueueUrl, ...rest } = readSources(input);
      const arn = arnOf(context, findQueue(context, QueueUrl).name);
      return listUrls(context, "queueUrls", rest, (queue) => redriveOf(queue.attributes)?.arn === arn);
    },
    GetQueueAttributes(input) {
      const { QueueUrl, AttributeNames: names = [] } = readGet(input);
      const all = Object.entries(describe(context, findQueue(context, QueueUrl)));
      const asked = all.filter(([name]) => names.includes("All") || names.includes(name));
      return asked.length > 0 ? { Attributes: Object.fromEntries(asked) } : {};
    },
    SetQueueAttributes(input) {
      const { QueueUrl, Attributes: given } = readSet(input);
      const queue = findQueue(context, QueueUrl);
      const attributes = checkAttributes({ ...queue.attributes, ...Object.fromEntries(given) });
      store.setAttributes(queue.id, attributes, now());
      return {};
    },
    PurgeQueue(input) {
      store.purge(findQueue(context, readUrl(input).QueueUrl).id);
      return {};
    },
  };
}

/** A queue may be created again, as long as nothing that is given differs. */
function checkSame(queue: Queue, wanted: Attributes): void {
  const has = withDefaults(queue.attributes);
  const different = Object.keys(wanted).find((name) => has[name] !== wanted[name]);
  if (different === undefined) return;
  const message = `A queue already exists with the same name and a different value for attribute ${different}`;
  throw new ServiceError("QueueNameExists", message);
}

interface Page {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** URLs in the order of the names. Without `MaxResults` an answer has at most 1,000, and no token (ListQueues). */
function listUrls(context: Context, key: string, page: Page, wanted: (queue: Queue) => boolean): JsonObject {
  const { MaxResults = 1000, NextToken = "" } = page;
  const queues = context.store.queuesAfter(NextToken).filter(wanted);
  const names = queues.slice(0, MaxResults).map((queue) => queue.name);
  const more = page.MaxResults !== undefined && queues.length > names.length;
  if (names.length === 0) return {};
  return { [key]: names.map((name) => urlOf(context, name)), ...(more && { NextToken: names.at(-1) }) };
}

function describe(context: Context, queue: Queue): Record<string, string> {
  const depth = context.store.depth(queue.id, context.now());
  const { RedrivePolicy: policy, ...attributes } = withDefaults(queue.attributes);
  return {
    QueueArn: arnOf(context, queue.name),
    ApproximateNumberOfMessages: String(depth.visible),
    ApproximateNumberOfMessagesNotVisible: String(depth.inFlight),
    ApproximateNumberOfMessagesDelayed: String(depth.delayed),
    CreatedTimestamp: String(Math.floor(queue.created / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modified / 1000)),
    ...attributes,
    ...(policy && { RedrivePolicy: policy }),
  };
}
