import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { Command } from "commander";
import { DEFAULT_DIR, findTarget, type Target, type TargetOptions } from "./target.ts";
import { paint, progress, say, UsageError } from "./terminal.ts";
import { upload } from "./upload.ts";

interface DropOptions extends TargetOptions {
  readonly bucket?: string;
  readonly prefix: string;
  readonly json?: boolean;
}

/** `lake drop`: files become objects of the drop bucket, and their documents events. */
export function dropCommand(): Command {
  return new Command("drop")
    .description("put files in the drop bucket: JSON in any form, plain, gzip or zstd")
    .argument("<files...>", "files of any size; the documents in them become events")
    .option("--prefix <prefix>", "start of the objects' keys, e.g. logs/; a file's name follows", "")
    .option("--bucket <name>", "drop bucket; found by itself when there is only one lake")
    .option("--json", "print what was put as JSON")
    .option("--dir <folder>", "folder of the local lake", DEFAULT_DIR)
    .option("--aws", "put to AWS even when a local lake is up")
    .addHelpText("after", "\nExample:\n  lake drop cloudtrail/*.json.gz --prefix cloudtrail/")
    .action(drop);
}

async function drop(files: string[], options: DropOptions): Promise<void> {
  const sizes = await Promise.all(files.map(sizeOf));
  const keys = files.map((file) => options.prefix + basename(file));
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined)
    throw new UsageError(`drop: two files would both be ${twice}; put them apart with --prefix. Nothing was put`);
  const target = findTarget(options);
  const s3 = new S3Client(target.client);
  const bucket =
    options.bucket ?? target.outputs.DropBucket ?? process.env.LAKE_DROP_BUCKET ?? (await onlyBucket(s3, target));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const bar = progress("{bar} {percentage}% | {files} of {of} files | {rate} MB/s", total, {
    files: 0,
    of: files.length,
    rate: 0,
  });
  const started = performance.now();
  let done = 0;
  try {
    for (const [i, file] of files.entries()) {
      const handle = await open(file);
      const facts = { files: i + 1, of: files.length };
      const onBytes = (bytes: number) => {
        done += bytes;
        bar.update(done, { ...facts, rate: Math.round(done / 1000 / Math.max(1, performance.now() - started)) });
      };
      await upload(s3, { Bucket: bucket, Key: keys[i] ?? "" }, handle, sizes[i] ?? 0, onBytes).finally(() =>
        handle.close(),
      );
    }
  } finally {
    bar.stop();
  }
  if (options.json) console.log(JSON.stringify({ bucket, keys, bytes: total }));
  else
    say(
      `${paint("green", "✓")} ${keys.length === 1 ? keys[0] : `${keys.length} files`} put in s3://${bucket}, ${total} bytes`,
    );
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) return found.size;
  throw new UsageError(`drop: ${file} is no file that can be read; nothing was put`);
}

/** In AWS, the one bucket that a lake's stack made (infra/drop.ts names it). */
async function onlyBucket(s3: S3Client, target: Target): Promise<string> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({ Prefix: "defenda-drop-" }));
  const [only, ...others] = Buckets.flatMap(({ Name }) => (Name?.startsWith("defenda-drop-") ? [Name] : []));
  if (only !== undefined && others.length === 0) return only;
  const found =
    only === undefined ? "has no drop bucket" : `has several drop buckets (${[only, ...others].join(", ")})`;
  throw new UsageError(`drop: ${target.name} ${found}; name one with --bucket or LAKE_DROP_BUCKET. Nothing was put`);
}
