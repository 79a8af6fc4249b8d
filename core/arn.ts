/** The parts of an Amazon Resource Name that an analyst asks for. */
export interface Arn {
  readonly service: string;
  /** Empty for a global resource. */
  readonly region: string;
  /** Digits; empty for a resource of no account, such as a bucket. */
  readonly account: string;
  /** What follows the fifth colon, e.g. `user/mo` or `assumed-role/reader/session`. */
  readonly resource: string;
}

/** Longest ARN that is read, in characters; IAM's own limit is 2,048. */
const LONGEST = 2048;

/** `arn:partition:service:region:account:resource`; the resource may hold colons. */
const ARN = /^arn:aws[a-z-]{0,16}:([\w-]{1,64}):([a-z0-9-]{0,32}):(\d{1,12}|aws)?:(.+)$/s;

/**
 * Reads an Amazon Resource Name.
 *
 * @returns undefined for anything else
 * @see IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)"
 */
export function arnIn(value: unknown): Arn | undefined {
  if (typeof value !== "string" || !value.startsWith("arn:") || value.length > LONGEST) return undefined;
  const [, service, region = "", account = "", resource = ""] = ARN.exec(value) ?? [];
  return service === undefined ? undefined : { service, region, account, resource };
}

/**
 * The user, role or federated user that an ARN names: `mo` of `user/team/mo`, `reader` of `assumed-role/reader/session`,
 * `root`.
 *
 * @returns undefined for a resource of any other kind
 */
export function principalOf({ service, resource }: Arn): string | undefined {
  if (service !== "iam" && service !== "sts") return undefined;
  const [kind, ...path] = resource.split("/");
  if (kind === "root") return "root";
  if (kind === "assumed-role") return path[0];
  return kind === "user" || kind === "role" || kind === "federated-user" ? path.at(-1) : undefined;
}
