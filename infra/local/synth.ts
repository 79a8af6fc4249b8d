import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const APP = fileURLToPath(new URL("../app.ts", import.meta.url));

/** Settings of the template (infra/settings.ts) that the lake on this machine chooses otherwise than a deployment. */
const LOCAL_SETTINGS = { "lake:batchWindowSeconds": 1, "lake:bulk": true };

/**
 * Synthesizes the template into a folder, as `cdk synth` would, without the CLI and its schema validation: the local
 * lake reads the template itself, and `npm test` validates it.
 *
 * @param settings context keys `lake:<setting>`, over the local lake's own
 * @throws {Error} with what the app printed when it fails
 */
export async function synthesize(outdir: string, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_VALIDATION: "false",
    CDK_CONTEXT_JSON: JSON.stringify({ ...LOCAL_SETTINGS, ...settings }),
  };
  const app = spawn(process.execPath, [APP], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [app.stdout, app.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const code = await new Promise((resolve) => app.once("close", resolve));
  if (code !== 0) throw new Error(`synth: node infra/app.ts ended with ${code}; the lake does not start.\n${output}`);
}
