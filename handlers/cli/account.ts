import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AthenaClient } from "@aws-sdk/client-athena";
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { decode } from "../../core/decode.ts";
import { idOf, type Position } from "../../core/identity.ts";
import { quarantineIdOf } from "../../core/quarantine.ts";
import { batchesOf, putBatch } from "../records.ts";
import { runQuery } from "./athena.ts";
import { samples } from "./samples.ts";

const SAMPLES_FILE = "samples.json";

/** One document of the samples, and where the stream has it. */
interface Placed {
  readonly name: string;
  readonly position: Position;
}

/** What became of the samples: each must be in exactly one row, or dropped by a plugin. */
export interface Account {
  readonly expected: number;
  readonly delivered: number;
  readonly quarantined: number;
  /** Names of samples in no row. */
  readonly missing: readonly string[];
  /** Names of samples in several rows. */
  readonly repeated: readonly string[];
}

/**
 * Puts the samples on the stream unless this lake has had them, and remembers where the stream has them.
 *
 * @returns the documents, and whether they were put just now
 */
export async function putSamples(
  kinesis: KinesisClient,
  stream: string,
  dir: string,
): Promise<{ documents: readonly Placed[]; isNew: boolean }> {
  const file = join(dir, SAMPLES_FILE);
  const before = readPlaced(file);
  if (before) return { documents: before, isNew: false };
  const names = new Map<Uint8Array, string>(samples(Date.now()).map(({ name, payload }) => [payload, name]));
  const documents: Placed[] = [];
  for await (const batch of batchesOf(names.keys())) {
    await putBatch(kinesis, stream, batch, ({ Data }, { ShardId = "", SequenceNumber = "" }) => {
      const place = { stream, shard: ShardId, sequence: SequenceNumber, subsequence: 0 };
      const name = names.get(Data) ?? "";
      for (const { index } of decode(Data)) documents.push({ name, position: { ...place, index } });
    });
  }
  writeFileSync(file, JSON.stringify(documents, null, 2));
  return { documents, isNew: true };
}

function readPlaced(file: string): Placed[] | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Looks each document up in the tables by the id that its place in the stream gives it. */
export async function accountFor(athena: AthenaClient, documents: readonly Placed[]): Promise<Account> {
  const events = await copies(
    athena,
    "events",
    "eventid",
    documents.map(({ position }) => idOf(position)),
  );
  const refused = await copies(
    athena,
    "quarantine",
    "quarantineid",
    documents.map(({ position }) => quarantineIdOf(position)),
  );
  const rows = documents.map(({ name, position }) => ({
    name,
    count: (events.get(idOf(position)) ?? 0) + (refused.get(quarantineIdOf(position)) ?? 0),
  }));
  return {
    expected: documents.length,
    delivered: events.size,
    quarantined: refused.size,
    missing: rows.filter(({ count }) => count === 0).map(({ name }) => name),
    repeated: rows.filter(({ count }) => count > 1).map(({ name }) => name),
  };
}

async function copies(
  athena: AthenaClient,
  table: string,
  column: string,
  ids: string[],
): Promise<Map<string, number>> {
  const list = ids.map((id) => `'${id}'`).join(", ");
  const sql = `SELECT ${column}, count(*) FROM ${table} WHERE ${column} IN (${list}) GROUP BY ${column}`;
  const { rows } = await runQuery(athena, sql);
  return new Map(rows.map(([id, count]) => [id ?? "", Number(count)]));
}
