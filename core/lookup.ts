/** Lookup tables: what is known beforehand of addresses, domains, digests and other values. Built once, asked for every event. */

import { isName } from "./domains.ts";
import { isAddressOrNetwork } from "./ip.ts";
import { isObject, type JsonObject } from "./json.ts";
import { remember } from "./memo.ts";
import { createNetworks } from "./networks.ts";

/** From the least to the most severe, as in the column `severity`. */
export const SEVERITIES = ["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What a row of a table says of its value. */
export interface Entry {
  readonly table: string;
  readonly tag?: string;
  readonly severity?: Severity;
  /** True when nothing that other rows say of the value counts. */
  readonly allow: boolean;
  /** The row's other columns, such as an owner. */
  readonly facts: JsonObject;
}

/** What the tables say of a value; nothing for one that is in none of them. */
export interface LookupTables {
  /** By the networks that it is in, the smallest first. */
  address(address: string): readonly Entry[];
  /** By the name and the domains that it is in, the name itself first. */
  domain(name: string): readonly Entry[];
  /** By the very value, in upper or lower case. */
  value(value: string): readonly Entry[];
}

export interface TableBuilder {
  readonly tables: LookupTables;
  /** Rows that were taken. */
  readonly rows: () => number;
  /** @throws {Error} saying what is wrong with the row; it is not taken */
  add(table: string, row: JsonObject): void;
}

/** Rows of all tables together. A row takes about 100 bytes, and up to a few hundred where no other says the same. */
export const MAX_ROWS = 1_000_000;

const MAX_FACTS = 16;

/** Longest tag, and longest fact, in characters: they go into every row that is hit. */
const MAX_TEXT = { tag: 64, fact: 200, match: 2048 };

/** Longest domain name, in characters (RFC 1035). */
const MAX_NAME = 253;

/** Addresses whose answer is remembered. */
const REMEMBERED = 20_000;

const DIGEST = /^(?:[\da-f]{32}|[\da-f]{40}|[\da-f]{64})$/i;

/** What was meant as a network, right or wrong. */
const LIKE_NETWORK = /^[\da-f.:]{2,45}\/\d{1,3}$/i;

const COLUMNS = new Set(["match", "type", "tag", "severity", "allow", "table"]);

const NONE: readonly never[] = [];

type Said = readonly Entry[];

/** An address takes a step for each length of network there is, a name one for each of its labels, a value one. */
export function createTables(): TableBuilder {
  const networks = createNetworks<Entry>();
  const domains = new Map<string, Said>();
  const values = new Map<string, Said>();
  const said = createInterner();
  let rows = 0;

  function take(type: string, match: string, entry: Said): void {
    if (type === "cidr" && !networks.add(match, entry)) throw new Error(`${quoted(match)} is no address or network`);
    if (type === "domain") put(domains, match.toLowerCase().replace(/^\*?\.|\.$/g, ""), entry);
    if (type === "hash" || type === "value") put(values, match.toLowerCase(), entry);
  }

  return {
    rows: () => rows,
    add(table, row) {
      const columns = lowerCased(row);
      const match = textOf(columns.match).trim();
      if (match === "" || match.length > MAX_TEXT.match) throw new Error(`its match is ${quoted(match)}`);
      if (rows >= MAX_ROWS) throw new Error(`there are more than ${MAX_ROWS} rows`);
      take(typeOf(textOf(columns.type), match), match, said(entryOf(table, columns)));
      rows++;
    },
    tables: {
      address: remember(REMEMBERED, networks.find),
      domain: (name) => (domains.size === 0 ? NONE : saidOfDomain(name.toLowerCase(), domains)),
      value: (value) => values.get(value.toLowerCase()) ?? NONE,
    },
  };
}

function put(map: Map<string, Said>, key: string, said: Said): void {
  const before = map.get(key);
  map.set(key, before ? [...before, ...said] : said);
}

/** Rows that say the same share one entry: in most tables there are only a few. */
function createInterner(): (entry: Entry) => Said {
  const known = new Map<string, Said>();
  return (entry) => {
    const key = JSON.stringify(entry);
    const before = known.get(key);
    if (before) return before;
    const said = [entry];
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, said);
    return said;
  };
}

/** Of `a.b.example.com`, `b.example.com`, `example.com` and `com`. */
function saidOfDomain(name: string, domains: ReadonlyMap<string, Said>): Said {
  let found: Said = NONE;
  for (let start = 0; start >= 0 && start < MAX_NAME; start = name.indexOf(".", start) + 1 || -1) {
    const said = domains.get(start === 0 ? name : name.slice(start));
    if (said) found = found.length === 0 ? said : [...found, ...said];
  }
  return found;
}

function entryOf(table: string, columns: JsonObject): Entry {
  const tag = textOf(columns.tag).trim();
  const severity = severityOf(textOf(columns.severity).trim().toUpperCase());
  const facts = Object.entries(columns).flatMap(([name, value]) => {
    const text = COLUMNS.has(name) ? "" : textOf(value).trim().slice(0, MAX_TEXT.fact);
    return text === "" ? [] : [[name, text] as const];
  });
  if (tag.length > MAX_TEXT.tag) throw new Error(`its tag is longer than ${MAX_TEXT.tag} characters`);
  return {
    table: textOf(columns.table) || table,
    ...(tag !== "" && { tag }),
    ...(severity !== undefined && { severity }),
    allow: /^(?:true|yes|1)$/i.test(textOf(columns.allow).trim()),
    facts: Object.fromEntries(facts.slice(0, MAX_FACTS)),
  };
}

function severityOf(text: string): Severity | undefined {
  const severity = SEVERITIES.find((name) => name === text);
  if (text !== "" && severity === undefined)
    throw new Error(`its severity is ${quoted(text)}, and none of ${SEVERITIES.join(", ")}`);
  return severity;
}

/** What kind of value a row is about: what it says, or what the value looks like. */
function typeOf(said: string, match: string): string {
  const type = said.trim().toLowerCase();
  if (type === "hash" && !DIGEST.test(match)) throw new Error(`${quoted(match)} is no MD5, SHA-1 or SHA-256`);
  if (type === "domain" && /[\s/@]/.test(match)) throw new Error(`${quoted(match)} is no domain name`);
  if (["cidr", "domain", "hash", "value"].includes(type)) return type;
  if (type !== "") throw new Error(`its type is ${quoted(said)}, and none of cidr, domain, hash, value`);
  if (isAddressOrNetwork(match) || LIKE_NETWORK.test(match)) return "cidr";
  return isName(match.replace(/^\*?\./, "")) ? "domain" : "value";
}

function lowerCased(row: JsonObject): JsonObject {
  if (!isObject(row)) throw new Error("it is no row of columns");
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.trim().toLowerCase(), value]));
}

function textOf(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
