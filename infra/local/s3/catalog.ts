import { DatabaseSync } from "node:sqlite";
import type { Checksum, Headers } from "./checksums.ts";

/** What is known of an object besides its bytes. */
export interface ObjectInfo {
  bucket: string;
  key: string;
  /** Where the bytes are, relative to the root, with `/`. */
  file: string;
  size: number;
  /** Modification time of the file in ms as the file system tells it: a difference means the file was changed by hand. */
  mtime: number;
  /** Quoted, as on the wire. */
  etag: string;
  /** Epoch milliseconds. */
  modified: number;
  /** System headers (`content-type`, `content-encoding`...) and `x-amz-meta-*`, given back as they came. */
  headers: Headers;
  checksum?: Checksum;
}

export interface UploadInfo {
  id: string;
  bucket: string;
  key: string;
  started: number;
  headers: Headers;
}

export interface PartInfo {
  number: number;
  size: number;
  etag: string;
  modified: number;
  checksum?: Checksum;
}

export type Catalog = ReturnType<typeof openCatalog>;

const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS objects (bucket TEXT, key TEXT, info TEXT NOT NULL, PRIMARY KEY (bucket, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, info TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parts (upload TEXT, number INTEGER, info TEXT NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
`;

/**
 * The index of the folder: metadata of every object, and the multipart uploads under way.
 *
 * SQLite orders text by its UTF-8 bytes, which is the order S3 lists keys in. Commits survive the death of the process
 * (WAL, synchronous NORMAL); the newest may be lost with the power.
 *
 * @throws {Error} when another process has the file open
 */
export function openCatalog(file: string) {
  const db = openDatabase(file);
  const one = db.prepare("SELECT info FROM objects WHERE bucket = ? AND key = ?");
  const put = db.prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)");
  const remove = db.prepare("DELETE FROM objects WHERE bucket = ? AND key = ?");
  const page = db.prepare("SELECT info FROM objects WHERE bucket = ? AND key >= max(?, ?) ORDER BY key LIMIT ?");
  const putUpload = db.prepare("INSERT INTO uploads VALUES (?, ?)");
  const upload = db.prepare("SELECT info FROM uploads WHERE id = ?");
  const uploads = db.prepare("SELECT info FROM uploads ORDER BY id");
  const putPart = db.prepare("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)");
  const parts = db.prepare("SELECT info FROM parts WHERE upload = ? ORDER BY number");
  const removeUpload = db.prepare("DELETE FROM uploads WHERE id = ?");
  const removeParts = db.prepare("DELETE FROM parts WHERE upload = ?");

  return {
    object: (bucket: string, key: string) => parse<ObjectInfo>(one.get(bucket, key)),
    put: (info: ObjectInfo) => void put.run(info.bucket, info.key, JSON.stringify(info)),
    remove: (bucket: string, key: string) => void remove.run(bucket, key),
    /** Objects of a bucket in the order of their keys' bytes, from the later of two keys on (inclusive). */
    page: (bucket: string, from: string, orFrom: string, limit: number) =>
      page.all(bucket, from, orFrom, limit).flatMap((row) => parse<ObjectInfo>(row) ?? []),
    addUpload: (info: UploadInfo) => void putUpload.run(info.id, JSON.stringify(info)),
    upload: (id: string) => parse<UploadInfo>(upload.get(id)),
    uploads: () => uploads.all().flatMap((row) => parse<UploadInfo>(row) ?? []),
    putPart: (uploadId: string, part: PartInfo) => void putPart.run(uploadId, part.number, JSON.stringify(part)),
    parts: (uploadId: string) => parts.all(uploadId).flatMap((row) => parse<PartInfo>(row) ?? []),
    removeUpload(id: string) {
      removeParts.run(id);
      removeUpload.run(id);
    },
    close: () => db.close(),
  };
}

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw new Error(`s3: ${file} cannot be opened; is another lake running on this folder?`, { cause: error });
  }
}

/** Rows hold JSON that this module wrote. */
function parse<T>(row: Record<string, unknown> | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row.info)) as T);
}
