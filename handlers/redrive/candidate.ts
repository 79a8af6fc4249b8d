import type { Drop } from "../s3-drop/notification.ts";
import type { Original } from "./envelope.ts";

/** Something that may be redriven: a quarantined entry, or an object of records that Lambda gave up. */
export interface Candidate {
  /** What it is remembered by: the quarantineid, or the object's key. */
  readonly id: string;
  /** @throws {Error} saying why it cannot be redriven */
  load(): Promise<Loaded>;
}

/** What there is to put. */
export type Loaded =
  | {
      readonly originals: readonly Original[];
      /** What is not among them, and why; the candidate then counts as failed, and comes again the next time. */
      readonly problem?: string;
    }
  /** An object that could not be read when it was dropped: it goes back to the queue of drops. */
  | { readonly drop: Drop };
