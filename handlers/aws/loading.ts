import { placeOpener } from "../places.ts";
import type { prepared } from "../resources.ts";
import type { Environment } from "./call.ts";
import { objectOpener } from "./object.ts";

/**
 * How a function loads what plugins work with: files from its own folder, objects by its role. A problem is a line in the
 * log at level ERROR: someone must act.
 */
export function loading(env: Environment): Parameters<typeof prepared>[1] {
  const { LAMBDA_TASK_ROOT: folder = "" } = env;
  return { open: placeOpener(folder, objectOpener(env)), tell: console.error, now: Date.now };
}
