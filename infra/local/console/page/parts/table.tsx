// A table that sorts and turns pages: TanStack's headless table, drawn with plain cells.
import {
  type Column,
  type ColumnDef,
  constructTable,
  createPaginatedRowModel,
  createSortedRowModel,
  type Row,
  rowPaginationFeature,
  rowSortingFeature,
  type Table,
  tableFeatures,
} from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useReducer } from "preact/hooks";
import { Pages } from "./pages.tsx";
import { Scrollable } from "./scrollable.tsx";

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  rowSortingFeature,
  rowPaginationFeature,
  sortedRowModel: createSortedRowModel(),
  paginatedRowModel: createPaginatedRowModel(),
});

/** Rows drawn at once: more would make drawing them felt. */
const PAGE_ROWS = 100;

export interface TableColumn<T> {
  readonly name: string;
  /** What is sorted by, and shown unless `cell` says otherwise. */
  readonly value: (row: T) => string | number | null;
  readonly cell?: (row: T) => ComponentChildren;
  /** Numbers stand at the right and sort from the largest. */
  readonly numeric?: boolean;
  /** A column of buttons does not sort. */
  readonly actions?: boolean;
}

interface SortableTableProps<T extends object> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly TableColumn<T>[];
  /** Said instead of a table without rows. */
  readonly empty: string;
  /** Gets the rows that come after the last one, where there are any. */
  readonly more?: (() => void) | undefined;
}

/**
 * Draws at most `PAGE_ROWS` rows. Sorting and page outlive new rows of the same columns: give the table another key for
 * another result.
 */
export function SortableTable<T extends object>({ label, rows, columns, empty, more }: SortableTableProps<T>) {
  const table = useTable(rows, columns);
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <>
      <Scrollable class="scroll" label={label}>
        <table>
          <caption class="unseen">{label}</caption>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <Heading key={column.name} column={column} sorted={table.getColumn(String(i))} />
              ))}
            </tr>
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id}>
                {columns.map((column) => (
                  <td key={column.name} class={classOf(column)}>
                    {column.cell ? column.cell(row.original) : column.value(row.original)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrollable>
      <Pages
        page={table.atoms.pagination.get().pageIndex}
        pageRows={PAGE_ROWS}
        rows={rows.length}
        turn={(page) => table.setPageIndex(page)}
        more={more}
      />
    </>
  );
}

interface HeadingProps<T extends object> {
  readonly column: TableColumn<T>;
  readonly sorted: Column<typeof features, T> | undefined;
}

function Heading<T extends object>({ column, sorted }: HeadingProps<T>) {
  const direction = sorted?.getIsSorted() || undefined;
  if (column.actions || !sorted) {
    return (
      <th scope="col" class={classOf(column)}>
        {column.name}
      </th>
    );
  }
  const order = direction === undefined ? "none" : direction === "asc" ? "ascending" : "descending";
  return (
    <th scope="col" class={classOf(column)} aria-sort={order}>
      <button type="button" class="sort" onClick={() => sorted.toggleSorting()}>
        {column.name}
        <span class="arrow" aria-hidden="true">
          {direction === "asc" ? "▲" : direction === "desc" ? "▼" : ""}
        </span>
      </button>
    </th>
  );
}

function classOf<T>(column: TableColumn<T>): string {
  return column.numeric ? "number" : column.actions ? "actions" : "";
}

/** The headless table of these rows; draws again when its sorting or page changes. */
function useTable<T extends object>(rows: readonly T[], columns: readonly TableColumn<T>[]) {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const definitions = useMemo(() => columns.map(definition), [columns]);
  // Rows and columns are set below, keeping sorting and page.
  const table: Table<typeof features, T> = useMemo(
    () =>
      constructTable({
        features,
        data: rows,
        columns: definitions,
        autoResetPageIndex: false,
        initialState: { pagination: { pageIndex: 0, pageSize: PAGE_ROWS } },
      }),
    [],
  );
  table.setOptions((options) => ({ ...options, data: rows, columns: definitions }));
  useEffect(() => {
    const { unsubscribe } = table.store.subscribe(() => draw(0));
    return unsubscribe;
  }, [table]);
  return table;
}

function definition<T extends object>(column: TableColumn<T>, i: number): ColumnDef<typeof features, T> {
  return {
    id: String(i),
    accessorFn: (row: T) => column.value(row) ?? undefined,
    sortUndefined: "last",
    sortDescFirst: column.numeric ?? false,
    sortFn: (a: Row<typeof features, T>, b: Row<typeof features, T>, id: string) =>
      compare(a.getValue(id), b.getValue(id)),
  };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
