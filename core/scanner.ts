/** The scanner's instance: one for the process, whose memory never grows, so that views of it stay good. */

import { BINARY } from "./scanner/binary.ts";

/** What core/scanner/scan.ts exports as functions. */
interface Scanner {
  readonly scan: (table: number, length: number, details: number) => number;
  readonly tellTexts: (count: number) => number;
  readonly isFull: (table: number) => number;
  readonly clearTable: (table: number) => void;
  readonly addName: (table: number, length: number) => number;
  readonly uuid: (length: number) => void;
  readonly copyEscaped: (from: number, to: number, length: number) => void;
  readonly isPlain: (at: number, length: number) => number;
}

/** What @types/node leaves to the types of browsers. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module);
      readonly exports: Readonly<Record<string, unknown>>;
    }
    class Global {
      readonly value: number;
    }
  }
}

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(BINARY, "base64")));
const { memory } = exports as { memory: { buffer: ArrayBuffer } };

export const scanner = exports as unknown as Scanner;

/** A place in its memory, or a limit, by the name under which core/scanner/scan.ts exports it. */
export function constant(name: string): number {
  const exported = exports[name];
  if (exported instanceof WebAssembly.Global) return exported.value;
  throw new Error(`scanner: ${name} is no constant; build core/scanner/binary.ts anew`);
}

export function bytesAt(place: number, length: number): Buffer {
  return Buffer.from(memory.buffer, place, length);
}

export function numbersAt(place: number, count: number): Int32Array {
  return new Int32Array(memory.buffer, place, count);
}
