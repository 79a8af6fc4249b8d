import asc from "assemblyscript/asc";
import { expect, test } from "vitest";

/** What core/scanner is compiled with: no runtime, since nothing is allocated, and a memory that never grows. */
const OPTIONS = `-O3 --converge --noAssert --runtime stub --use abort= --enable simd --initialMemory 112 --maximumMemory 112`;

test("core/scanner/binary.ts is what core/scanner compiles to; vitest run test/core/scanner.test.ts -u writes it", async () => {
  let binary = Buffer.alloc(0);
  const { error, stderr } = await asc.main(["core/scanner/scan.ts", "--outFile", "scan.wasm", ...OPTIONS.split(" ")], {
    writeFile: (_, contents) => {
      binary = Buffer.from(contents);
    },
  });
  expect(error, stderr.toString()).toBeNull();
  const lines = [
    "/** Compiled from the files beside it by test/core/scanner.test.ts. Do not edit. */",
    "export const BINARY =",
    `  "${binary.toString("base64")}";`,
  ];
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("../../core/scanner/binary.ts");
});
