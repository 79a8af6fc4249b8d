/** A lake with its console, and Debian's Chromium to look at it with: the harness of console.test.ts. */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type RunningLake, remove, startLake, temporaryFolder } from "./support.ts";

/** Where Debian, and others, have it. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Undefined where there is no Chromium: the tests are skipped, and say so. */
export const CHROMIUM = PLACES.find((path) => existsSync(path));
if (CHROMIUM === undefined) console.log("console: skipped, because there is no Chromium (apt-get install chromium)");

/** Where screenshots are kept; nowhere unless the environment says so. */
const SCREENSHOTS = process.env.LAKE_SCREENSHOTS;

export const WIDTHS = [1280, 390] as const;

/** What a page did that it must not do, as it is watched by `open`. */
export interface Trouble {
  /** Errors on the console, uncaught ones, and what the content security policy refused. */
  readonly errors: string[];
  /** URLs that were asked for and are not the console's own. */
  readonly foreign: string[];
}

export interface Lab {
  readonly lake: RunningLake;
  /** Opens the console as the printed URL does, in a window of its own. */
  open(options?: { width?: number; colorScheme?: "light" | "dark"; at?: string }): Promise<Page & { trouble: Trouble }>;
  /** Keeps a picture of the whole page, where pictures are kept. */
  picture(page: Page, name: string): Promise<void>;
  /** What axe finds wrong with the page now, a line each. */
  violations(page: Page): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts the lake in a process of its own, with a console on any free port, and a browser. */
export async function startLab(...options: string[]): Promise<Lab> {
  const dir = temporaryFolder();
  const lake = await startLake(dir, "--console-port", "0", "--buffer-seconds", "1", ...options);
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: ["--no-sandbox"] });
  return {
    lake,
    open: ({ at = "", ...look } = {}) => open(browser, `${lake.console ?? ""}${at && `&${at}`}`, look),
    async picture(page, name) {
      if (SCREENSHOTS === undefined) return;
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${page.viewportSize()?.width}.png`), fullPage: true });
    },
    violations,
    async close() {
      await browser.close();
      await lake.kill("SIGINT");
      remove(dir);
    },
  };
}

async function open(
  browser: Browser,
  url: string,
  { width = WIDTHS[0], colorScheme = "light" }: { width?: number; colorScheme?: "light" | "dark" },
): Promise<Page & { trouble: Trouble }> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const page = await context.newPage();
  const trouble = watch(context, page, new URL(url).origin);
  await page.goto(url);
  return Object.assign(page, { trouble });
}

/** Attached before the page is loaded, so that nothing of it is missed. */
function watch(context: BrowserContext, page: Page, origin: string): Trouble {
  const trouble: Trouble = { errors: [], foreign: [] };
  page.on("pageerror", (error) => trouble.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") trouble.errors.push(message.text());
  });
  page.on("dialog", (dialog) => {
    trouble.errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => {
    const { protocol, origin: of } = new URL(request.url());
    if (protocol.startsWith("http") && of !== origin) trouble.foreign.push(request.url());
  });
  return trouble;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE); // by the debugger, which the page's policy does not bind
  const found = await page.evaluate(async () => {
    const axe: { run(): Promise<{ violations: Violation[] }> } = Reflect.get(globalThis, "axe");
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}
