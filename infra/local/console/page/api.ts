// Calls of the lake's console. Every answer is typed by the contract; every failure says what to do next.
import { signal } from "@preact/signals";
import type { Failure } from "../contract.ts";
import { parseJson } from "./json.ts";
import { authorization } from "./token.ts";

/** True once the lake has refused this page's token: it was started anew, or the URL was opened without one. */
export const refused = signal(false);

/**
 * Calls the lake and reads its JSON answer.
 *
 * @throws {Error} with the lake's words and its next step, or saying that the lake does not answer
 */
export async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await request(path, init);
  const text = await response.text();
  return (text === "" ? undefined : parseJson<T>(text)) as T;
}

/** Calls with a JSON body. @throws {Error} as `call` does */
export function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** @throws {Error} as `call` does, for any status but success */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...authorization(), ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(path, { ...init, headers }).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new Error("The lake does not answer. Is npm start still running?", { cause: error });
  });
  if (response.status === 401 || response.status === 403) refused.value = true;
  if (!response.ok) throw new Error(failureText(await response.text(), response.status));
  return response;
}

/** The lake's own words of a failed answer, and its next step. */
export function failureText(body: string, status: number): string {
  try {
    const { error, next } = JSON.parse(body) as Failure;
    return next ? `${error}. ${next}` : error;
  } catch {
    return `The lake answered with status ${status}.`;
  }
}

/** What to show of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Saves bytes as a file of the person's choice. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
