import { describe, expect, test } from "vitest";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Metadata, Plugin } from "../../core/plugin.ts";
import shell from "../../plugins/normalize/event_shell.ts";
import { plugins } from "../../plugins/registry.ts";
import { createCorpus } from "../bench/corpus.ts";
import { fixture, outcomesOf, SOURCES } from "../contract.ts";

const all = [...plugins.normalize, ...plugins.enrich];
const inputs = [
  ...SOURCES.flatMap(fixture),
  ...all.flatMap(({ examples = [] }) => examples.map((example) => example.in)),
  ...createCorpus(100).texts,
];

/**
 * What a plugin reads of `details` without writing it. A field that it writes may go undeclared: an event whose plugins
 * write such a field is parsed.
 */
function readsOf(plugin: Plugin): Set<string> {
  const read = new Set<string>();
  const watching: Plugin = {
    ...plugin,
    onMessage(event, metadata) {
      const { details } = event;
      if (plugin.parsedAt?.some((name) => Object.hasOwn(details, name))) return plugin.onMessage(event, metadata);
      const written = new Set<string>();
      const readNow = new Set<string>();
      const own = watched(details, plugin.fields ?? [], "", readNow, written);
      const eachText: Metadata["eachText"] = (visit) => {
        event.details = details; // it reads what it must itself
        metadata.eachText(visit);
        event.details = own;
      };
      const eachField: Metadata["eachField"] = (visit) => {
        event.details = details;
        metadata.eachField(visit);
        event.details = own;
      };
      event.details = own;
      try {
        return plugin.onMessage(event, { ...metadata, eachText, eachField });
      } finally {
        event.details = details;
        for (const path of readNow) if (!written.has(path)) read.add(path);
      }
    },
  };
  const replaced = (list: readonly Plugin[]) =>
    list.map((each) => ({ ...(each === plugin ? watching : each), isScan: false }));
  const set = { ...plugins, normalize: replaced(plugins.normalize), enrich: replaced(plugins.enrich) };
  for (const input of inputs) outcomesOf(input, set);
  return read;
}

/** An object that notes which of its fields are read, and those of objects within that are declared by parts. */
function watched(
  object: JsonObject,
  fields: readonly string[],
  prefix: string,
  read: Set<string>,
  written: Set<string>,
): JsonObject {
  const see = (key: string | symbol) => {
    if (key !== "rawJSON") read.add(`${prefix}${String(key)}`); // which isObject looks at, and no field is named
  };
  return new Proxy(object, {
    get(target, key) {
      see(key);
      const value = Reflect.get(target, key);
      const within = `${prefix}${String(key)}.`;
      const isPart = isObject(value) && fields.some((field) => field.startsWith(within));
      return isPart ? watched(value, fields, within, read, written) : value;
    },
    has(target, key) {
      see(key);
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      see(key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    ownKeys(target) {
      see("every field");
      return Reflect.ownKeys(target);
    },
    set(target, key, value) {
      written.add(`${prefix}${String(key)}`);
      return Reflect.set(target, key, value);
    },
    deleteProperty(target, key) {
      see(key);
      return Reflect.deleteProperty(target, key);
    },
  });
}

describe("a plugin that names its fields reads no others", () => {
  const naming = all.filter(({ fields, isScan, name }) => fields && !isScan && name !== shell.name);
  test.each(naming.map((plugin) => [plugin.name, plugin] as const))("%s", (_, plugin) => {
    const { fields = [], lookups = [], parsedAt = [] } = plugin;
    // What an event says of the shell's columns, `claim` keeps: event_shell has those fields read for every event.
    const declared = [...fields, ...lookups, ...parsedAt, ...(shell.fields ?? [])];
    const isDeclared = (path: string) => declared.some((name) => name === path || name.startsWith(`${path}.`));
    const undeclared = [...readsOf(plugin)].filter((path) => !isDeclared(path) && !isWithin(path, declared));
    expect(undeclared).toEqual([]);
  });
});

/** True for what is within an object that is declared whole. */
function isWithin(path: string, declared: readonly string[]): boolean {
  return declared.some((name) => path.startsWith(`${name}.`));
}

test("reads are seen, and those of parts", () => {
  const read = (name: string) => all.filter((plugin) => plugin.name === name).flatMap((plugin) => [...readsOf(plugin)]);
  expect(read("gsuite_login")).toContain("kind");
  expect(read("cloudtrail")).toContain("useridentity.sessioncontext.sessionissuer.username");
});
