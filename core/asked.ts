import { ENVELOPE_FIELDS } from "./envelope.ts";
import type { Interest, KeyIndex } from "./keys.ts";
import type { OrderedPlugin } from "./order.ts";
import { TEXT_FIELDS } from "./wrapped.ts";

/** A name that some plugin registers for or asks for. */
export interface Asked extends Interest {
  readonly name: string;
  /** True when plugins look at the field of that name at the first level, not only at whether there is one. */
  readonly seen: boolean;
  /** The fields of the object there that plugins look at, when they look at no others. */
  readonly parts?: Parts | undefined;
  /** What an event that has it at its first level must be, beyond a sparse document. */
  readonly needs: "reference" | "whole" | undefined;
  /** True for a field whose text may be a whole event, which is told by how it begins. */
  readonly wraps?: boolean;
}

/** By name, and what is looked at within: nothing means all of it. */
export type Parts = ReadonlyMap<string, Parts | undefined>;

/** The names that any plugin registers for, looks for or looks at. */
export function askedOf(order: readonly OrderedPlugin[], { interests }: KeyIndex): Asked[] {
  const asked = new Map<string, Asked>();
  const add = (name: string, more: Partial<Asked>) => {
    const known = asked.get(name) ?? {
      name: asProperty(name),
      summons: [],
      lookup: false,
      seen: false,
      needs: undefined,
    };
    asked.set(name, { ...known, ...more });
  };
  for (const [name, interest] of interests) add(name, { ...interest, seen: interest.lookup });
  const paths = order.flatMap(({ plugin }) => plugin.fields ?? []);
  for (const path of paths) add(path, { seen: true }); // a name may have dots in it
  const fields = paths.map((path) => path.split("."));
  for (const [name = "", ...rest] of fields) {
    add(name, { seen: true });
    for (const part of rest) add(part, {});
  }
  const looked = order.flatMap(({ plugin }) => plugin.lookups ?? []).map((name) => [name]);
  for (const [name, parts] of partsOf([...fields, ...looked])) if (parts) add(name, { parts });
  for (const { plugin } of order) for (const name of plugin.parsedAt ?? []) add(name, { needs: "whole" });
  for (const name of ENVELOPE_FIELDS) add(name, { needs: "reference" });
  for (const name of TEXT_FIELDS) add(name, { wraps: true });
  return [...asked.values()];
}

/** The name as V8 keeps it for properties: a text of the same characters is looked up there whenever it is used as one. */
function asProperty(name: string): string {
  return Object.keys({ [name]: true })[0] ?? name;
}

/** What is looked at of each field of the first level, from paths such as `user.name`. */
function partsOf(paths: readonly (readonly string[])[]): Parts {
  const names = new Set(paths.map(([name = ""]) => name));
  return new Map(
    [...names].map((name) => {
      const rests = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
      return [name, rests.some((rest) => rest.length === 0) ? undefined : partsOf(rests)];
    }),
  );
}
