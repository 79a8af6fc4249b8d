/**
 * `problem`: a query gives a wrong or an empty answer, or events are lost. `warning`: it will come to that, or something is
 * unlike what was deployed. `unchecked`: it could not be looked at, and `what` says why.
 */
export type Severity = "problem" | "warning" | "unchecked";

/** One thing that is wrong with a lake. */
export interface Finding {
  readonly severity: Severity;
  /** The check that found it, e.g. `projection`. */
  readonly check: string;
  /** What is wrong and what comes of it, in one line. */
  readonly what: string;
  /** The resource: `glue defenda_data_lake.events`, `s3://bucket/errors/`... */
  readonly where: string;
  /** A command that puts it right, or the next step where no command can. */
  readonly fix: string;
}

/**
 * Puts back what someone changed or deleted beside the template; a plain deploy sees no change (CDK CLI, `cdk deploy`).
 */
export const REDEPLOY = "npx cdk deploy --revert-drift";

/** Gathers what one check finds about one resource. */
export function findingsOf(check: string, where: string) {
  const found: Finding[] = [];
  const add = (severity: Severity) => (what: string, fix: string) => {
    found.push({ severity, check, what, where, fix });
  };
  return { found, problem: add("problem"), warning: add("warning") };
}
