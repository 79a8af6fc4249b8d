import { writeRegistry } from "../infra/registry.ts";

/** Tests run the plugins that are in the folder now. */
export function setup(): void {
  writeRegistry();
}
