/** What plugins may work with beside the event, loaded by the handlers as the lake's settings say (handlers/resources.ts). */

import type { Geo } from "./geo.ts";
import type { LookupTables } from "./lookup.ts";

export interface Resources {
  /**
   * Where an address is and whose network it is in; undefined when that is not known.
   *
   * @throws {Error} when the database could not be loaded: the event goes on without it, tagged `plugin_error`
   */
  readonly geo?: (address: string) => Geo | undefined;
  /** The lookup tables; their functions throw as `geo` does. */
  readonly lookups?: LookupTables;
}
