import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second of /proc's times; Linux has had 100 on every architecture Node runs on (proc(5), sysconf(3)). */
const TICKS = 100;

/** CPU time of a process's threads so far, in seconds; empty where there is no /proc. */
export function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      // The name is in parentheses and may hold anything; user and system time are the 12th and 13th fields after it.
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      times.set(`${name} ${thread}`, (Number(fields[11]) + Number(fields[12])) / TICKS);
    }
  } catch {
    // Another system, or a thread that has just ended.
  }
  return times;
}
