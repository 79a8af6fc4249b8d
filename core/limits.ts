/**
 * What one record may hold. A compressed record can hold a thousand times its size: a bomb must neither exhaust the
 * Lambda's memory (1,769 MB) nor its time.
 */

/** Bytes that a record may expand to, over all its parts and levels of compression. */
export const MAX_EXPANDED_BYTES = 32 * 1024 * 1024;

/** Documents of a record, refused ones included: each costs about a kilobyte beside its own size. */
export const MAX_DOCUMENTS = 250_000;

/** What is left of the limits while a record is read. */
export interface Budget {
  bytes: number;
  documents: number;
}
