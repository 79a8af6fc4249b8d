// The token of the printed URL: kept for this tab only, and taken out of the address bar and the history entry.

const KEY = "lake-token";

/**
 * Takes `#token=...` out of the address bar; what follows it, if anything, stays as the route.
 *
 * @returns whether there was one
 */
export function takeToken(): boolean {
  const found = /^#token=([^&]+)&?(.*)$/.exec(location.hash);
  if (!found?.[1]) return false;
  sessionStorage.setItem(KEY, decodeURIComponent(found[1]));
  history.replaceState(null, "", `${location.pathname}#${found[2] || "/flow"}`);
  return true;
}

/** @returns the header that every call under `/api/` needs */
export function authorization(): { authorization: string } {
  return { authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}` };
}

/** Whether this tab was opened with one. It may be of a lake that is gone. */
export function hasToken(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}
