// Turning the pages of a table, and getting the rows that the lake still has.
import { count } from "../format.ts";

interface PagesProps {
  readonly page: number;
  readonly pageRows: number;
  readonly rows: number;
  readonly turn: (page: number) => void;
  readonly more?: (() => void) | undefined;
}

/** Nothing for a table that fits on one page. */
export function Pages({ page, pageRows, rows, turn, more }: PagesProps) {
  if (rows <= pageRows && !more) return null;
  const first = page * pageRows;
  const last = Math.min(first + pageRows, rows);
  return (
    <div class="pages">
      <span>
        Rows {count(first + 1)}–{count(last)} of {count(rows)}
        {more && " loaded; sorting covers these"}
      </span>
      <button type="button" disabled={page === 0} onClick={() => turn(page - 1)}>
        Previous
      </button>
      <button type="button" disabled={last === rows} onClick={() => turn(page + 1)}>
        Next
      </button>
      {more && (
        <button type="button" onClick={more}>
          Load more
        </button>
      )}
    </div>
  );
}
