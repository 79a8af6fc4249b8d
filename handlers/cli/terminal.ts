import { styleText } from "node:util";
import cliProgress from "cli-progress";

/** A mistake in how a command was called, with the next step in its message: exit code 2. */
export class UsageError extends Error {}

/** Writes a line for people to standard error: standard output is for answers. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Colours a text when it is going to a terminal that wants colour (NO_COLOR and friends are honoured). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return styleText(style, text, { stream });
}

export interface Progress {
  update(done: number, facts?: Record<string, string | number>): void;
  /** Ends the bar and leaves nothing of it behind. */
  stop(): void;
}

/**
 * A progress bar on standard error, or nothing where that is no terminal.
 *
 * @param total undefined when the end is not known
 * @param format cli-progress's, e.g. `{bar} {value}/{total} events`
 * @param facts what else the format shows, at first
 */
export function progress(format: string, total: number, facts: Record<string, string | number> = {}): Progress {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new cliProgress.SingleBar({ format, clearOnComplete: true, hideCursor: true, barsize: 24 });
  bar.start(total, 0, facts);
  return { update: (done, facts = {}) => bar.update(done, facts), stop: () => bar.stop() };
}

/** Columns side by side, each as wide as its widest value but at most `limit` characters; line ends are shown as spaces. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], limit = 80): string {
  const cell = (text: string) => {
    const line = text.replaceAll(/\s+/g, " ");
    return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
  };
  const lines = [header, ...rows].map((row) => row.map(cell));
  const widths = header.map((_, i) => lines.reduce((most, line) => Math.max(most, line[i]?.length ?? 0), 0));
  const print = (line: readonly string[]) =>
    line
      .map((text, i) => text.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const [head = [], ...body] = lines;
  return [print(head), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(print)].join("\n");
}
