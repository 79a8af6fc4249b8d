import type { Json, JsonObject } from "../service.ts";

/** Parameters that are numbers in the JSON protocol; in a form everything is text. */
const NUMBERS = new Set(["DelaySeconds", "MaxNumberOfMessages", "MaxResults", "VisibilityTimeout", "WaitTimeSeconds"]);

/** Lists of a form by the name that each member carries, and what the JSON protocol calls the list. */
const LISTS: Readonly<Record<string, string>> = {
  AttributeName: "AttributeNames",
  MessageAttributeName: "MessageAttributeNames",
  MessageSystemAttributeName: "MessageSystemAttributeNames",
  SendMessageBatchRequestEntry: "Entries",
  DeleteMessageBatchRequestEntry: "Entries",
  ChangeMessageVisibilityBatchRequestEntry: "Entries",
};

/** Lists of names and values in a form that are maps in the JSON protocol. */
const MAPS: Readonly<Record<string, string>> = { Attribute: "Attributes", MessageAttribute: "MessageAttributes" };

/**
 * Reads a form of AWS's query protocol (`AttributeName.1=All`, `Attribute.1.Name=…&Attribute.1.Value=…`) into the input that
 * the JSON protocol would have.
 */
export function readForm(body: string): { action: string; input: JsonObject } {
  const tree: JsonObject = Object.create(null);
  for (const [path, value] of new URLSearchParams(body)) plant(tree, path.split("."), value);
  const { Action: action, Version: _, ...rest } = tree;
  return { action: String(action), input: toInput(rest) };
}

function plant(tree: JsonObject, path: readonly string[], value: string): void {
  let level = tree;
  for (const part of path.slice(0, -1)) {
    const next = level[part];
    const child: JsonObject = isObject(next) ? next : Object.create(null);
    level[part] = child;
    level = child;
  }
  level[path.at(-1) ?? ""] = value;
}

function toInput(tree: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => toMember(name, value ?? null)));
}

function toMember(name: string, value: Json): [string, Json] {
  const list = LISTS[name];
  if (list !== undefined) return [list, inOrder(value).map((member) => (isObject(member) ? toInput(member) : member))];
  const map = MAPS[name];
  if (map !== undefined) return [map, toMap(inOrder(value))];
  return [name, NUMBERS.has(name) && value !== "" ? Number(value) : value];
}

/** The members of a list, which a form numbers from 1. */
function inOrder(value: Json): Json[] {
  if (!isObject(value)) return [];
  const places = Object.keys(value).sort((a, b) => Number(a) - Number(b));
  return places.map((place) => value[place] ?? null);
}

function toMap(members: readonly Json[]): JsonObject {
  const pairs = members.map((member) => (isObject(member) ? [String(member.Name), member.Value] : []));
  return Object.fromEntries(pairs.filter((pair) => pair.length > 0));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
