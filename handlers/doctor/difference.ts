import type { Table, TableInput } from "@aws-sdk/client-glue";

/** Where a deployed table is unlike the one it should be. */
export interface Difference {
  /** `column details`, `Parameters projection.hour.digits`, `Location`... */
  readonly at: string;
  /** Undefined when the table has none. */
  readonly has: string | undefined;
  /** Undefined when the table should have none. */
  readonly wants: string | undefined;
}

/** Compares what a query depends on: columns, format, SerDe, location, projection. */
export function differences(table: Table, desired: TableInput): Difference[] {
  const has = flatten(table);
  const wants = flatten(desired);
  return [...new Set([...wants.keys(), ...has.keys()])]
    .filter((at) => has.get(at) !== wants.get(at))
    .map((at) => ({ at, has: has.get(at), wants: wants.get(at) }));
}

function flatten({ StorageDescriptor: storage, Parameters }: Table | TableInput): Map<string, string> {
  const entries: [string, string | undefined][] = [
    ...(storage?.Columns ?? []).map(({ Name, Type }): [string, string] => [`column ${Name}`, Type ?? ""]),
    ["Location", storage?.Location],
    ["InputFormat", storage?.InputFormat],
    ["OutputFormat", storage?.OutputFormat],
    ["SerDe", storage?.SerdeInfo?.SerializationLibrary],
    ...Object.entries(storage?.SerdeInfo?.Parameters ?? {}).map(([k, v]): [string, string] => [`SerDe ${k}`, v]),
    ...Object.entries(Parameters ?? {}),
  ];
  return new Map(entries.flatMap(([at, value]) => (value === undefined ? [] : [[at, value]])));
}

/** One difference as lines of a patch. */
export function patchOf({ at, has, wants }: Difference): string[] {
  return [...(has === undefined ? [] : [`- ${at} = ${has}`]), ...(wants === undefined ? [] : [`+ ${at} = ${wants}`])];
}
