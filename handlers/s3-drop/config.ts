/** What the function reads from its environment, set by infra/drop.ts. */
export interface DropConfig {
  readonly streamName: string;
  /** The queue that the function is fed from: what it cannot finish goes back there. */
  readonly queueUrl: string;
}

/** @throws {Error} naming every key that is missing */
export function config(env: Readonly<Record<string, string | undefined>>): DropConfig {
  const { STREAM_NAME: streamName = "", QUEUE_URL: queueUrl = "" } = env;
  const missing = Object.entries({ STREAM_NAME: streamName, QUEUE_URL: queueUrl }).filter(([, value]) => value === "");
  if (missing.length === 0) return { streamName, queueUrl };
  const names = missing.map(([key]) => key).join(" and ");
  throw new Error(`config: ${names} must be set on the function (infra/drop.ts)`);
}
