import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Everything of ours that is no object's bytes lives here; no bucket can have the name, for none starts with a dot. */
export const META_FOLDER = ".meta";

const LONGEST_FILE_NAME_BYTES = 255;
// Windows refuses more characters than the rest; a key with one of them is stored aside there.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const ODD_CHARACTER = process.platform === "win32" ? /[\u0000-\u001f<>:"|?*\\]|[. ]$/ : /[\u0000-\u001f\u007f]/;

/** Whether a key can be the path of its file: no empty, `.` or `..` segment, none too long, no control characters. */
function isPlain(key: string): boolean {
  return key.split("/").every((segment) => {
    const legal = segment !== "" && segment !== "." && segment !== ".." && !ODD_CHARACTER.test(segment);
    return legal && Buffer.byteLength(segment) <= LONGEST_FILE_NAME_BYTES;
  });
}

/**
 * Where an object's bytes are meant to be, relative to the root: `<bucket>/<key>`, or for a key that is no file name a
 * hash of it under `.meta/odd/`, so no key can reach outside the root or fall together with another.
 */
export function fileOf(bucket: string, key: string): string {
  return isPlain(key) ? `${bucket}/${key}` : oddFileOf(bucket, key);
}

function oddFileOf(bucket: string, key: string): string {
  return `${META_FOLDER}/odd/${bucket}/${createHash("sha256").update(key).digest("hex")}`;
}

/**
 * Moves a finished temporary file to its object's place, in one step: a reader sees the old bytes or the new ones.
 *
 * S3 allows both `a` and `a/b`, a file system does not: the later of the two is stored aside.
 *
 * @returns the file relative to the root, and its modification time in ms
 */
export function placeFile(root: string, temporary: string, bucket: string, key: string) {
  let file = fileOf(bucket, key);
  try {
    move(temporary, join(root, file));
  } catch (error) {
    if (file !== `${bucket}/${key}` || !isTaken(error)) throw error;
    file = oddFileOf(bucket, key);
    move(temporary, join(root, file));
  }
  return { file, mtime: statSync(join(root, file)).mtimeMs };
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

/** The errors of systems for "a folder is where the file should go" and "a file is where a folder should be". */
function isTaken(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return ["EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY", "EPERM"].includes(String(code));
}

/** Removes an object's file, and the folders that it leaves empty up to the bucket's. */
export function removeFile(root: string, file: string): void {
  rmSync(join(root, file), { force: true });
  const [first] = file.split("/");
  for (let folder = dirname(file); folder !== first && folder !== "."; folder = dirname(folder)) {
    try {
      rmdirSync(join(root, folder));
    } catch {
      return; // not empty: others live here
    }
  }
}
