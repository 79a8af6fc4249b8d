/** Kinesis Data Streams on this machine: the operations, and what the rest of the lake needs beside them. */

import { EventEmitter } from "node:events";
import type { Service } from "../service.ts";
import type { Context, Put } from "./context.ts";
import { describeOperations } from "./describe.ts";
import { putOperations } from "./put.ts";
import { readOperations } from "./read.ts";
import { reshardOperations, scale } from "./reshard.ts";
import { settingOperations } from "./settings.ts";
import { shardOperations } from "./shards.ts";
import { openStore } from "./store.ts";
import { createStream, DEFAULT_RETENTION_HOURS, ON_DEMAND_SHARDS, RECORD_KIB, streamOperations } from "./streams.ts";
import { tagOperations } from "./tags.ts";

export interface KinesisOptions {
  /** Milliseconds since 1970; `Date.now` by default. */
  now?: () => number;
  /** Refuse what a shard could not take on AWS (1 MB and 1,000 records a second). Off by default: it is a laptop. */
  throttle?: boolean;
  region?: string;
  account?: string;
}

/** A stream as a template declares it. */
export interface StreamDeclaration {
  name: string;
  mode: "PROVISIONED" | "ON_DEMAND";
  /** Open shards of a provisioned stream; 1 by default. An on-demand stream starts with 4, which can be lowered here. */
  shards?: number;
  /** 24 (the default) to 8,760. */
  retentionHours?: number;
  encrypted?: boolean;
  /** 1,024 (the default) to 10,240. */
  maxRecordKib?: number;
}

export interface KinesisService extends Service {
  /**
   * Creates the stream, or brings the one of that name to these settings; what is in it stays. A provisioned stream with
   * another number of shards is split or merged to it, however far that is.
   */
  ensureStream(declaration: StreamDeclaration): void;
  /** Calls the listener with the stream's name after each put that stored something. @returns the way to stop it */
  onRecords(listener: (stream: string, put: Put) => void): () => void;
  close(): void;
}

/** The key that AWS manages for Kinesis: what a template means by "encrypted" without naming a key. */
const AWS_MANAGED_KEY = "alias/aws/kinesis";

/**
 * Opens the streams kept in one SQLite file. Everything put is in the file when the call returns.
 *
 * @param file created when missing; its folder must exist. One process at a time.
 */
export function openKinesis(file: string, options: KinesisOptions = {}): KinesisService {
  const { now = Date.now, throttle = false, region = "us-east-1", account = "000000000000" } = options;
  const emitter = new EventEmitter().setMaxListeners(0);
  const store = openStore(file);
  const context: Context = {
    ...{ store, now, throttle, region, account },
    announce: (stream, put) => void emitter.emit("records", stream, put),
  };
  return {
    target: "Kinesis_20131202",
    operations: {
      ...streamOperations(context),
      ...describeOperations(context),
      ...shardOperations(context),
      ...reshardOperations(context),
      ...settingOperations(context),
      ...tagOperations(context),
      ...putOperations(context),
      ...readOperations(context),
    },
    ensureStream: (declaration) => ensureStream(context, declaration),
    onRecords: (listener) => {
      emitter.on("records", listener);
      return () => void emitter.off("records", listener);
    },
    close: () => store.close(),
  };
}

function ensureStream(context: Context, declaration: StreamDeclaration): void {
  const { name, mode } = declaration;
  const settings = {
    mode,
    retentionHours: declaration.retentionHours ?? DEFAULT_RETENTION_HOURS,
    maxRecordKib: declaration.maxRecordKib ?? RECORD_KIB.min,
    keyId: declaration.encrypted ? AWS_MANAGED_KEY : null,
  };
  const shards = declaration.shards ?? (mode === "ON_DEMAND" ? ON_DEMAND_SHARDS : 1);
  const existing = context.store.stream(name);
  if (!existing) {
    createStream(context, { name, shards, ...settings });
    return;
  }
  context.store.updateStream({ ...existing, ...settings });
  const open = context.store.openShards(existing.id).length;
  if (mode === "PROVISIONED" && open !== shards) scale(context, existing, shards);
}
