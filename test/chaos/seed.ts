import { createHash } from "node:crypto";
import { createRandom, type Random } from "../bench/random.ts";

/** Choices of one purpose: they stay the same whatever is chosen for others, and in which order. */
export function randomFor(seed: number, purpose: string): Random {
  return createRandom(createHash("sha256").update(`${seed}/${purpose}`).digest().readInt32LE());
}
