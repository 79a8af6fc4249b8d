// What is in quarantine, one payload looked at, and putting payloads back on the stream.
import { signal } from "@preact/signals";
import type { Quarantined, QuarantinedPayload, Redrive, Redriven } from "../../contract.ts";
import { announce } from "../announce.ts";
import { call, errorText, post } from "../api.ts";
import { counted } from "../format.ts";

export const days = signal(7);
export const entries = signal<readonly Quarantined[] | undefined>(undefined);
export const payload = signal<QuarantinedPayload | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);

export type Which = Omit<Redrive, "dryRun">;

/** A redrive that waits for a yes, with what it would put; or one that is done. */
export interface Asked {
  readonly which: Which;
  readonly title: string;
  readonly counted: Redriven;
  readonly done: boolean;
}

export const asked = signal<Asked | undefined>(undefined);

/** What is in quarantine, by code and hour. */
export async function load(): Promise<void> {
  await told(async () => {
    entries.value = await call<Quarantined[]>(`/api/quarantine?days=${days.value}`);
    const payloads = entries.value.reduce((total, { count }) => total + count, 0);
    announce(`${counted(payloads, "payload")} in quarantine.`);
  });
}

/** Gets one payload with its bytes. */
export async function look(id: string): Promise<void> {
  await told(async () => {
    payload.value = await call<QuarantinedPayload>(`/api/quarantine/${encodeURIComponent(id)}`);
  });
}

/** Counts what a redrive would put, and asks. */
export async function ask(title: string, which: Which): Promise<void> {
  await told(async () => {
    const found = await post<Redriven>("/api/redrive", { ...which, dryRun: true });
    asked.value = { which, title, counted: found, done: false };
  });
}

/** Does what was asked about, then shows what it did instead of the question. */
export async function redrive(): Promise<void> {
  const confirmed = asked.value;
  if (!confirmed) return;
  await told(async () => {
    const put = await post<Redriven>("/api/redrive", { ...confirmed.which, dryRun: false });
    asked.value = { ...confirmed, counted: put, done: true };
    announce(`${counted(put.put, "payload")} put back on the stream, ${put.failed} failed.`);
  });
  await load();
}

async function told(act: () => Promise<void>): Promise<void> {
  try {
    problem.value = undefined;
    await act();
  } catch (error) {
    asked.value = undefined;
    problem.value = errorText(error);
  }
}
