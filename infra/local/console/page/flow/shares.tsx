// Counts by name, the largest first, each with a bar for its share.
import { count } from "../format.ts";
import { visible } from "../visible.ts";
import { sum } from "./rates.ts";

/** Names shown; the rest is one line. */
const MOST = 8;

interface SharesProps {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly none: string;
}

export function Shares({ title, counts, none }: SharesProps) {
  const sorted = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a);
  const rest = sum(Object.fromEntries(sorted.slice(MOST)));
  const rows = rest > 0 ? [...sorted.slice(0, MOST), [`${sorted.length - MOST} others`, rest] as const] : sorted;
  const most = Math.max(1, ...rows.map(([, n]) => n));
  return (
    <div class="shares">
      <h3>{title}</h3>
      {rows.length === 0 && <p class="empty">{none}</p>}
      <ul>
        {rows.map(([name, n]) => (
          <li key={name}>
            <span class="name">{visible(name)}</span>
            <progress max={most} value={n} aria-label={`${name}, compared with the largest`} />
            <span class="number">{count(n)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
