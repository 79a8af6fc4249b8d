// Colors of the style sheet for drawings on a canvas, which cannot use the style sheet itself.

/** In the order they are given out; the legend names the lines, and the table has their numbers. */
export const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"] as const;

/** The value of a custom property such as `--muted`, as it is now: dark or light. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Calls back when the system goes dark or light. @returns how to stop that */
export function onSchemeChange(changed: () => void): () => void {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", changed);
  return () => scheme.removeEventListener("change", changed);
}
