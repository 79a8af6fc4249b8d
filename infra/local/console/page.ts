import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";

/** One file of the page, by its path on the server. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const PAGE = fileURLToPath(new URL("page", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export type PageFiles = ReadonlyMap<string, PageFile>;

export interface Page {
  find(path: string): Promise<PageFile | undefined>;
  close(): Promise<void>;
}

/** The page's files, bundled now, and anew whenever the page is opened: what is in its folder then is what is shown. */
export function openPage(): Page {
  let files = bundlePage();
  let isOpened = false;
  files.catch(() => {}); // who asks for the page is told
  return {
    async find(path) {
      if (path === "/" && isOpened) files = bundlePage();
      isOpened ||= path === "/";
      return (await files).get(path);
    },
    async close() {
      await files.catch(() => {});
      await stop(); // esbuild's process
    },
  };
}

/**
 * Bundles the page in memory, from its sources and packages: there is no build step, and nothing of it is kept.
 *
 * @returns its files by path; `/` is the page
 * @throws {Error} esbuild's own, naming file and line
 */
async function bundlePage(): Promise<PageFiles> {
  const { outputFiles } = await build({
    entryPoints: [join(PAGE, "main.tsx"), join(PAGE, "style.css")],
    outdir: PAGE,
    write: false,
    bundle: true,
    splitting: true, // the editor comes when it is looked at, so that the first paint need not wait for it
    chunkNames: "chunk-[hash]",
    format: "esm",
    target: "es2022",
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "silent",
  });
  const built = outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents] as const);
  const plain = await Promise.all([read("/", "index.html"), read("/icon.svg", "icon.svg")]);
  return new Map([...built, ...plain].map(([path, bytes]) => [path, { type: typeOf(path), bytes }]));
}

async function read(path: string, file: string) {
  return [path, await readFile(join(PAGE, file))] as const;
}

function typeOf(path: string): string {
  return TYPES[path === "/" ? ".html" : extname(path)] ?? "application/octet-stream";
}
