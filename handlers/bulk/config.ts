/** What the bulk function reads from its environment, set by infra/bulk.ts. */
export interface BulkConfig {
  readonly stream: string;
  readonly secretId: string;
}

/**
 * Reads the environment once, at the start of the function.
 *
 * @throws {Error} naming every key that is missing
 */
export function config({
  STREAM_NAME = "",
  SECRET_ARN = "",
}: Readonly<Record<string, string | undefined>>): BulkConfig {
  const missing = Object.entries({ STREAM_NAME, SECRET_ARN }).flatMap(([key, value]) => (value === "" ? [key] : []));
  if (missing.length > 0)
    throw new Error(`config: ${missing.join(", ")} not set; set it on the function (infra/bulk.ts)`);
  return { stream: STREAM_NAME, secretId: SECRET_ARN };
}
