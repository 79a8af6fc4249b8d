import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { createProduct } from "./product.ts";
import type { SETS } from "./sets.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the benchmark needs of another revision: its own product and plugin sets. */
interface Revision {
  readonly createProduct: typeof createProduct;
  readonly SETS: Partial<typeof SETS>;
}

/**
 * Loads another revision beside this one: its files from git, its dependencies from here.
 *
 * @param revision anything that `git archive` knows: `main`, `HEAD~3`, a hash
 * @param use what is done with it; its files are gone afterwards
 * @throws {Error} for a revision that there is not, or that has no such benchmark
 */
export async function withRevision<T>(revision: string, use: (other: Revision) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "lake-bench-"));
  try {
    const archive = execFileSync("git", ["archive", "--format=tar", revision], { cwd: ROOT, maxBuffer: 1 << 30 });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const load = (file: string) => import(pathToFileURL(join(folder, "test/bench", file)).href);
    const [product, sets] = await Promise.all([load("product.ts"), load("sets.ts")]);
    return await use({ createProduct: product.createProduct, SETS: sets.SETS });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
