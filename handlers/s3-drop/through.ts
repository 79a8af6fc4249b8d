import { pipeline, type Transform } from "node:stream";

/**
 * Runs a source through a decoder or parser. What came out before an error, of either, is handed on before the error is;
 * a stream by itself throws away what nobody has read yet.
 */
export async function* through<T>(source: AsyncIterable<Buffer>, transform: Transform): AsyncGenerator<T> {
  pipeline(source, transform, () => {}); // an error of the source ends the transform with that error
  try {
    yield* transform;
  } catch (error) {
    for (let rest = transform.read(); rest !== null; rest = transform.read()) yield rest;
    throw error;
  }
}

/** An iterator whose first value was taken already, from that value on. Ending it early does not end the iterator. */
export async function* chain<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
