#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Commands start in half the time when their compiled code is kept; so do the processes that they start.
const folder = fileURLToPath(new URL("../../node_modules/.cache/lake", import.meta.url));
enableCompileCache(folder);
process.env.NODE_COMPILE_CACHE ??= folder;
const { run } = await import("./program.ts");
await run();
