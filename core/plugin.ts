import type { Visit } from "./changes.ts";
import type { LakeEvent } from "./event.ts";
import type { VisitField } from "./every-field.ts";
import type { JsonObject } from "./json.ts";
import type { KeyIndex } from "./keys.ts";
import type { Resources } from "./resources.ts";
import type { VisitValue } from "./values.ts";

/** What a plugin may know beyond the event. It is good until the plugin returns. */
export interface Metadata {
  /** When the record arrived in the stream, milliseconds since 1970. */
  readonly arrivalMs: number;
  /** The same, as the lake writes times. */
  readonly arrival: string;
  /** What `utctimestamp` is when the event names no time: the time of the envelope it came in, or its arrival. */
  readonly fallback: string;
  /** When the lake processes it, as the lake writes times. */
  readonly processed: string;
  /** What `source` is when the event names none: its way in may know. */
  readonly source?: string | undefined;
  /** The id that the event's place in the stream gives it; computed when asked for. */
  eventid(): string;
  /**
   * The objects at any depth that hold a key, the first level of `details` first, then in document order.
   * Name the key in the plugin's `lookups` and it costs no further walk over the event.
   */
  holders(key: string): readonly JsonObject[];
  /** Those of a plugin's `lookups` that some object holds, in the order given: there is no need to look for the others. */
  named(lookups: readonly string[]): readonly string[];
  /**
   * Calls with each value of a plugin's `lookups`, at any depth: in the order given, of one name the first level's first, then
   * in document order. The first answer that is not undefined ends it.
   *
   * @returns that answer
   */
  eachValue<T>(lookups: readonly string[], visit: VisitValue<T>): T | undefined;
  /**
   * Calls with each text of `details`, at any depth and in order, that an address, a domain name, an e-mail address, an ARN or
   * a digest may stand in; others may be left out (core/indicators.ts). What kind of text it is may be known too.
   */
  eachText(visit: Visit): void;
  /** Calls with each field of `details`, at any depth and in order. It may cost a parse of the event. */
  eachField(visit: VisitField): void;
  /** What the lake's settings give to plugins; what a plugin `needs` is there. */
  readonly resources: Resources;
  /** The runner's own: what its walk over the event found. */
  readonly index: KeyIndex;
}

/** One example: what comes in as raw JSON, and fields of the event that must come out. */
export interface Example {
  readonly in: string;
  /** What the lake's settings give, for a plugin that `needs` it. */
  readonly resources?: Resources;
  /** Compared with `details`, but for the shell's own fields, which are compared with the event. `null`: dropped. */
  readonly out: Readonly<Record<string, unknown>> | null;
}

export interface Plugin {
  /** The file's name. Events record it as `normalization_<name>` or `enrichment_<name>`. */
  readonly name: string;
  /** Fields (at any depth), tags or a category that summon the plugin, lower case; `["*"]` is every event. */
  readonly registration: readonly string[];
  /**
   * Lower runs first; below 3 it meets the producer's document as it arrived, before lowercase_keys (1) and
   * event_shell (2). At the same priority `["*"]` comes before fields, then by name; see `after`.
   */
  readonly priority: number;
  /** Plugins of the same kind and priority that must run before this one. */
  readonly after?: readonly string[];
  /**
   * Fields of `details` that it may add and that others may register for. Without it every field that anyone registers
   * for is looked for after it has run: right, but slower.
   */
  readonly adds?: readonly string[];
  /** Keys that the plugin passes to `metadata.holders` and `metadata.eachValue`. */
  readonly lookups?: readonly string[];
  /**
   * True when it assigns and deletes only fields of the shell and of the first level of `details`, and changes nothing
   * within their values. Then nobody looks whether it did: of an event that is parsed, what is within is compared otherwise.
   */
  readonly shallow?: boolean;
  /**
   * Of a shallow plugin: the fields of the first level that it looks at, assigns or deletes, when it looks at nothing else of
   * `details` but these (`user.name`: the field of that name within) and its `lookups`. An event whose plugins all say so is never parsed:
   * `details` and the holders then have only the fields that some plugin names.
   */
  readonly fields?: readonly string[];
  /** Fields of the first level at which it looks at more than its `fields`: such an event is parsed. */
  readonly parsedAt?: readonly string[];
  /** What it works with. Where no setting gives it, the plugin is not in the run order at all, and costs nothing. */
  readonly needs?: keyof Resources;
  /**
   * `count` is for rules on trial: where `onMessage` returns `null`, the event goes on as the plugin left it, with the tag
   * `would_drop`, and is counted in the metric WouldDrop under the plugin's name. Without it the event is dropped.
   */
  readonly dropMode?: "count";
  /** True for the plugin whose work is done already when an event is read as bytes (core/scan.ts). */
  readonly isScan?: boolean;
  /**
   * Changes the event or leaves it, and returns it; `null` drops it, and the runner counts the drop.
   * A throw, or anything else returned, costs only this plugin's changes.
   */
  onMessage(event: LakeEvent, metadata: Metadata): LakeEvent | null;
  /** Run by the tests, printed by `lake plugins --examples`. */
  readonly examples?: readonly Example[];
}

/** Declares a plugin; the type is the contract. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
