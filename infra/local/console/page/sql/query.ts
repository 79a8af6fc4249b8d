// One query at a time: asked, followed until it is done, stopped, read further.
import { signal } from "@preact/signals";
import type { Query, Schema } from "../../contract.ts";
import { announce } from "../announce.ts";
import { call, errorText, post, request, save } from "../api.ts";
import { count } from "../format.ts";

const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 1000;

/** Rows that are loaded at most; the CSV file has them all. */
export const MOST_ROWS = 20_000;

const FIRST_QUERY = `SELECT source, count(*) AS events, max(utctimestamp) AS latest
FROM events
GROUP BY source
ORDER BY events DESC
LIMIT 20`;

export type Rows = Query["rows"];

/** The last query that has ended, for good or not. */
export interface Answer extends Omit<Query, "rows"> {
  readonly id: string;
  /** All that have been read, in the query's order. */
  readonly rows: Rows;
}

/** What the editor holds. It is never run but by the person, or for a query that this page wrote. */
export const text = signal(FIRST_QUERY);
export const schema = signal<Schema | undefined>(undefined);
export const answer = signal<Answer | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);
/** The id of the query that runs, or an empty text while it is being asked. */
export const running = signal<string | undefined>(undefined);

let current = new AbortController();

/** Tables, columns, functions and saved questions; asked once, they do not change while the lake runs. */
export async function loadSchema(): Promise<void> {
  if (schema.value) return;
  await told(async () => {
    schema.value = await call<Schema>("/api/schema");
  });
}

/** Shows a query and runs it. Only ever called with what this page wrote itself. */
export function openQuery(sql: string): void {
  text.value = sql;
  void run();
}

/**
 * Runs what the editor holds; a query that still runs is stopped first. An answer that comes after the person has asked
 * something else is left out.
 */
export async function run(): Promise<void> {
  const sql = text.value.trim();
  if (sql === "") return;
  await stop();
  const own = new AbortController();
  current = own;
  running.value = "";
  problem.value = undefined;
  await told(async () => {
    const { id } = await post<{ id: string }>("/api/queries", { sql });
    if (own.signal.aborted) return void call(`/api/queries/${id}`, { method: "DELETE" });
    running.value = id;
    const query = await finished(id, own.signal);
    if (query) show(id, query);
  });
  if (current === own) running.value = undefined;
}

async function finished(id: string, signal: AbortSignal): Promise<Query | undefined> {
  for (let waitMs = FIRST_POLL_MS; !signal.aborted; waitMs = Math.min(waitMs * 1.5, LONGEST_POLL_MS)) {
    const query = await call<Query>(`/api/queries/${id}`);
    if (signal.aborted) return undefined;
    if (query.state !== "QUEUED" && query.state !== "RUNNING") return query;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  return undefined;
}

function show(id: string, query: Query): void {
  answer.value = { ...query, id };
  const { state, error, rows, next } = query;
  if (state === "SUCCEEDED") announce(`The query has ${next ? "more than " : ""}${count(rows.length)} rows.`);
  else announce(`The query ${state === "CANCELLED" ? "was stopped" : `failed: ${error?.message ?? ""}`}.`);
}

/** Stops the query that runs, if one does. */
export async function stop(): Promise<void> {
  const id = running.value;
  current.abort();
  running.value = undefined;
  if (!id) return;
  announce("The query was stopped.");
  await told(() => call(`/api/queries/${id}`, { method: "DELETE" }));
}

/** Reads the rows that come after those that are shown. */
export async function more(): Promise<void> {
  const before = answer.value;
  if (!before?.next) return;
  await told(async () => {
    const query = await call<Query>(`/api/queries/${before.id}?next=${encodeURIComponent(before.next ?? "")}`);
    if (answer.value === before) answer.value = { ...query, id: before.id, rows: [...before.rows, ...query.rows] };
  });
}

/** Saves the whole result as Athena wrote it, also the rows that are not loaded. */
export async function saveCsv(): Promise<void> {
  const { id } = answer.value ?? {};
  if (!id) return;
  await told(async () => {
    const response = await request(`/api/queries/${id}/csv`);
    save(await response.blob(), `query-${id}.csv`);
  });
}

/** Does something of which a failure is shown instead of thrown. */
async function told(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    problem.value = errorText(error);
  }
}
