/** The console as a person uses it, in a real browser over a real lake. Pictures are kept where LAKE_SCREENSHOTS says. */

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, type Lab, startLab, type Trouble, WIDTHS } from "./browser.ts";

const VIEWS = ["Flow", "Hours", "SQL", "Event", "Quarantine", "In"] as const;

/** Longer than any step needs on a busy machine. */
const PATIENCE_MS = 30_000;

type Console = Page & { trouble: Trouble };

describe.skipIf(CHROMIUM === undefined)("the console", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
    await lab.lake.until("SELECT count(*) AS n FROM events", ([row]) => Number(row?.n) >= 10);
  });
  afterAll(() => lab?.close());

  async function open(view: (typeof VIEWS)[number], look: Parameters<Lab["open"]>[0] = {}): Promise<Console> {
    const page = await lab.open(look);
    page.setDefaultTimeout(PATIENCE_MS);
    await show(page, view);
    return page;
  }

  test("the token leaves the address bar, and without one there is nothing to see", async () => {
    const page = await open("Flow");
    expect(page.url()).toMatch(/\/#\/flow$/);
    await page.getByText("balanced").waitFor();
    await page.evaluate("sessionStorage.clear()");
    await page.reload();
    await page.getByText("needs the lake's address").waitFor();
    expect(await lab.violations(page)).toEqual([]);
    await finish(page);
  });

  test("events put by the form arrive: the count rises and the ledger is balanced", async () => {
    const page = await open("In");
    const before = await received(page);
    const lines = Array.from({ length: 20 }, (_, i) => JSON.stringify({ eventName: "FromTheForm", n: i }));
    await page.getByLabel("Events, each on a line").fill(lines.join("\n"));
    await page.getByRole("button", { name: "Put on the stream" }).click();
    await page.getByText("✓ 20 records put").waitFor();
    await show(page, "Flow");
    await expect.poll(() => received(page), { timeout: PATIENCE_MS }).toBeGreaterThanOrEqual(before + 20);
    await page.getByText("✓ balanced").waitFor();
    await finish(page);
  });

  test("a query's answer sorts, folds open, becomes a chart and a CSV file", async () => {
    const page = await open("SQL");
    await ask(page, "SELECT source, count(*) AS events, max(details) AS example FROM events GROUP BY source");
    const answer = page.getByRole("region", { name: "Answer" });
    await answer.getByRole("button", { name: "events" }).click();
    await page.locator("th[aria-sort=descending]").waitFor();
    const counts = await answer.locator("tbody td.number").allTextContents();
    expect(counts.map(Number)).toEqual(counts.map(Number).toSorted((a, b) => b - a));
    await answer.locator("details.folded > summary").first().click();
    expect(await answer.locator("details.folded pre").first().textContent()).toContain("\n  ");
    await answer.getByRole("button", { name: "Chart" }).click();
    await answer.locator("canvas").waitFor();
    await lab.picture(page, "chart");
    const downloading = page.waitForEvent("download");
    await answer.getByRole("button", { name: "CSV" }).click();
    expect(readFileSync(await (await downloading).path(), "utf8")).toMatch(/^"source","events","example"\n/);
    await finish(page);
  });

  test("a query's error is underlined where it is, and completion knows the columns", async () => {
    const page = await open("SQL");
    await ask(page, "SELECT source,\n  nosuchcolumn\nFROM events");
    await page.getByRole("alert").waitFor();
    expect(await page.locator(".cm-lintRange-error").textContent()).toBe("nosuchcolumn");
    await write(page, "SQL", "");
    await page.keyboard.type("SELECT json_extract_sc");
    expect(await page.getByRole("textbox", { name: "SQL" }).textContent()).toBe("SELECT json_extract_sc");
    await page.locator(".cm-tooltip-autocomplete").getByText("json_extract_scalar").waitFor();
    await lab.picture(page, "completion");
    await finish(page);
  });

  test("an hour of the heat map opens its query; arrow keys move between hours", async () => {
    const page = await open("Hours");
    const cell = page.locator(".heat button[tabindex='0']");
    await cell.focus();
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toMatch(/^1:/);
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toMatch(/^0:/);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Rows of the query" }).waitFor();
    expect(page.url()).toMatch(/#\/sql$/);
    await finish(page);
  });

  test("an event is shown raw and normalized, with the plugin that set each field; edited, it runs again", async () => {
    const page = await open("Event");
    const normalized = page.getByRole("region", { name: "Normalized" });
    await normalized.getByText("Becomes an event").waitFor();
    await write(page, "Raw event", '{"swipe":1,"sourceIPAddress":"192.0.2.77"}');
    await page.keyboard.press("Control+Enter");
    const row = normalized.getByRole("row", { name: /^details\._ipaddresses/ });
    await row.getByText("192.0.2.77").waitFor();
    expect(await row.locator(".setter").textContent()).toContain("ip_addresses");
    await normalized.getByText("As a plugin fixture").click();
    expect(await page.getByLabel("Plugin fixture").inputValue()).toContain('in: "{\\"swipe\\":1');
    await finish(page);
  });

  test("what is quarantined is looked at safely and goes back with a count", async () => {
    await lab.lake.until("SELECT count(*) AS n FROM quarantine", ([row]) => Number(row?.n) >= 1);
    const page = await open("Quarantine");
    await page
      .getByRole("button", { name: /^Look at one payload/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Hex" }).click();
    await page.getByText("00000000  ").waitFor();
    await page.getByRole("button", { name: "Redrive all…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/\d+ payloads? found/).waitFor();
    expect(await lab.violations(page)).toEqual([]);
    await lab.picture(page, "redrive");
    await dialog.getByRole("button", { name: /^Put \d+ payloads? back$/ }).click();
    await dialog.getByText(/[1-9]\d* payloads? put back on the stream/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await finish(page);
  });

  test("a file dragged anywhere onto the page is uploaded, and what became of it is said", async () => {
    const page = await open("Flow");
    await drag(page, "<img src=x onerror='window.hacked=1'>.ndjson", '{"dragged":1}\n{"dragged":2}\nno JSON\n');
    await page.getByText(/✓ 3 records/).waitFor();
    await lab.lake.until("SELECT count(*) AS n FROM events WHERE details LIKE '%dragged%'", ([row]) => row?.n === "2");
    await finish(page);
  });

  test("an event with script in every field executes nothing in any view", async () => {
    const script = `<script>hacked=1</script><img src=x onerror="hacked=1"><a href="javascript:hacked=1">a</a>\u202e\u001b`;
    const fields = ["source", "category", "severity", "summary", "hostname", "user", script];
    const event = Object.fromEntries(fields.map((name) => [name, script]));
    await lab.lake.put([JSON.stringify({ ...event, tags: [script], details: { ...event, list: [event] } }), script]);
    const stored = "SELECT count(*) AS n FROM events WHERE source LIKE '%hacked%'";
    await lab.lake.until(stored, ([row]) => Number(row?.n) >= 1);
    const page = await open("Hours");
    await page.getByRole("rowheader", { name: "<script>" }).waitFor();
    await show(page, "SQL");
    await ask(page, "SELECT * FROM events WHERE source LIKE '%hacked%'");
    for (const folded of await page.locator("details.folded > summary").all()) await folded.click();
    await show(page, "Event");
    await page.getByText("Pick a recent event").click();
    await page.locator(".events button").filter({ hasText: "hacked" }).first().click();
    await page.getByRole("region", { name: "Normalized" }).getByText("hacked").first().waitFor();
    await page.getByText("As a plugin fixture").click();
    await show(page, "Quarantine");
    await page.getByText("hacked").first().waitFor();
    await page
      .getByRole("button", { name: /^Look at one payload/ })
      .first()
      .click();
    await page.getByRole("region", { name: "Bytes" }).waitFor();
    await lab.picture(page, "hostile");
    for (const view of VIEWS) await show(page, view);
    expect(await page.locator("main a, script:not([src]), main img").count()).toBe(0);
    await finish(page);
  });

  test.each([
    ["light", WIDTHS[0]],
    ["dark", WIDTHS[0]],
    ["light", WIDTHS[1]],
    ["dark", WIDTHS[1]],
  ] as const)(
    "axe finds no violation in any view, and nothing is wider than the window: %s, %i px",
    async (colorScheme, width) => {
      const page = await open("Flow", { colorScheme, width });
      const found: string[] = [];
      for (const view of VIEWS) {
        await show(page, view);
        await settled(page, view);
        await lab.picture(page, `${view.toLowerCase()}-${colorScheme}`);
        found.push(...(await lab.violations(page)).map((line) => `${view}: ${line}`));
        expect(await page.evaluate("document.documentElement.scrollWidth"), view).toBeLessThanOrEqual(width);
      }
      expect(found).toEqual([]);
      await finish(page);
    },
  );

  test("while 5,000 events a second flow in, every view answers; how long its tasks took is printed", async () => {
    const page = await open("Flow");
    const started = await page.evaluate<number>("performance.now()");
    const loading = load(lab, 5);
    for (const view of VIEWS) {
      await show(page, view);
      await page.waitForTimeout(600);
    }
    const put = await loading;
    const { tasks, paint } = await page.evaluate<{ tasks: [at: number, ms: number][]; paint: number }>(MEASURES);
    const said = tasks.map(([at, ms]) => `${ms} ms at ${at}`).join(", ") || "none";
    console.log(
      `console: ${put} events in 5 s from ${Math.round(started)} on; first paint at ${paint} ms; long tasks: ${said}`,
    );
    await show(page, "Flow");
    await page.getByText("✓ balanced").waitFor();
    await finish(page);
  });
});

/** Chosen as a person does; the heading says that the view is there. */
async function show(page: Page, view: (typeof VIEWS)[number]): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: view, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: view }).waitFor();
}

/** Waits until a view has what it asked for. */
async function settled(page: Page, view: (typeof VIEWS)[number]): Promise<void> {
  if (view === "Flow") await page.getByText("balanced").waitFor();
  if (view === "Hours") await page.locator(".heat button").first().waitFor();
  if (view === "SQL")
    await ask(page, "SELECT source, count(*) AS events, max(details) AS d FROM events GROUP BY source");
  if (view === "Event") await page.getByText("✓ Becomes an event").waitFor();
  if (view === "Quarantine") {
    await page
      .getByRole("button", { name: /^Look at one payload/ })
      .first()
      .click();
    await page.getByRole("region", { name: "Bytes" }).waitFor();
  }
}

async function ask(page: Page, sql: string): Promise<void> {
  await write(page, "SQL", sql);
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText(/ scanned · /).waitFor();
}

/** Over what an editor has, as a person does it. */
async function write(page: Page, editor: string, text: string): Promise<void> {
  await page.getByRole("textbox", { name: editor }).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Escape"); // what completion offers
}

async function received(page: Page): Promise<number> {
  const text = await page.locator(".connection small").textContent();
  return Number(text?.replace(/\D/g, ""));
}

async function focused(page: Page): Promise<string | null> {
  return page.evaluate("document.activeElement?.getAttribute('data-at')");
}

async function drag(page: Page, name: string, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(`(() => {
    const dragged = new DataTransfer();
    dragged.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
    return dragged;
  })()`);
  await page.dispatchEvent("body", "dragover", { dataTransfer });
  await page.getByText("Drop the files into the lake").waitFor();
  await page.dispatchEvent("body", "drop", { dataTransfer });
}

/** Nothing was executed, refused or asked of anybody else. */
async function finish(page: Console): Promise<void> {
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  expect(page.trouble).toEqual({ errors: [], foreign: [] });
  await page.context().close();
}

const MEASURES = `new Promise((resolve) => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  const observer = new PerformanceObserver((list) => {
    resolve({ tasks: list.getEntries().map((entry) => [Math.round(entry.startTime), Math.round(entry.duration)]), paint: Math.round(paint) });
  });
  observer.observe({ type: "longtask", buffered: true });
  setTimeout(() => resolve({ tasks: [], paint: Math.round(paint) }), 1000);
})`;

/** Ten events a record, 500 records a second. @returns the events that were put */
async function load(lab: Lab, seconds: number): Promise<number> {
  const started = Date.now();
  let events = 0;
  while (Date.now() - started < seconds * 1000) {
    const behind = (Date.now() - started) * 5 - events;
    if (behind < 1000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    const record = Array.from({ length: 10 }, (_, i) => JSON.stringify({ load: i, sourceIPAddress: `192.0.2.${i}` }));
    await lab.lake.put(Array.from({ length: 100 }, () => record.join("\n")));
    events += 1000;
  }
  return events;
}
