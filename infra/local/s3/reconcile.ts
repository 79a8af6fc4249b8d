import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasher } from "./checksums.ts";
import { isBucketName, type S3Context } from "./context.ts";
import { etagOf } from "./store.ts";

const PAGE = 1000;

/**
 * Brings the index in line with the folder when the store opens: the folder is the truth.
 *
 * Indexes files that were added or changed by hand, or whose writer died before the index was written; forgets objects
 * whose file is gone. Costs one `stat` a file, and a read of those that are new.
 */
export async function reconcile(context: S3Context): Promise<void> {
  for (const bucket of bucketNames(context.root)) {
    forgetMissing(context, bucket);
    for (const path of readdirSync(join(context.root, bucket), { recursive: true, encoding: "utf8" })) {
      const key = path.replaceAll("\\", "/");
      const file = `${bucket}/${key}`;
      const stat = statSync(join(context.root, file), { throwIfNoEntry: false });
      const known = context.catalog.object(bucket, key);
      const same = known?.file === file && known.size === stat?.size && known.mtime === stat.mtimeMs;
      if (stat?.isFile() && !same) await adopt(context, bucket, key, file);
    }
  }
}

/** A bucket is a folder of the root with a bucket's name. */
export function bucketNames(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isBucketName(entry.name))
    .map((entry) => entry.name)
    .sort();
}

function forgetMissing(context: S3Context, bucket: string): void {
  for (let from = "", page = context.catalog.page(bucket, from, "", PAGE); page.length > 0; ) {
    for (const { key, file } of page) {
      if (!existsSync(join(context.root, file))) context.catalog.remove(bucket, key);
    }
    from = `${page.at(-1)?.key}\u0000`; // the next possible key
    page = context.catalog.page(bucket, from, "", PAGE);
  }
}

/** Indexes a file as it stands, with the headers that are known of its key. */
export async function adopt(context: S3Context, bucket: string, key: string, file: string): Promise<void> {
  const path = join(context.root, file);
  const { size, mtimeMs } = statSync(path);
  const md5 = hasher("md5");
  for await (const piece of createReadStream(path)) md5.update(piece);
  const headers = context.catalog.object(bucket, key)?.headers ?? {};
  const modified = Math.floor(mtimeMs);
  context.catalog.put({
    bucket,
    key,
    file,
    size,
    mtime: mtimeMs,
    etag: etagOf(await md5.digest()),
    modified,
    headers,
  });
}
