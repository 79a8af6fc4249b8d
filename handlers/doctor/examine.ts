import { delivery } from "./delivery.ts";
import type { Finding, Severity } from "./finding.ts";
import { flow } from "./flow.ts";
import type { Check, Lake } from "./lake.ts";
import { mapping } from "./mapping.ts";
import { quarantine } from "./quarantine.ts";
import { refused } from "./refused.ts";
import { stream } from "./stream.ts";
import { tables } from "./table.ts";
import { results, workgroup } from "./workgroup.ts";

/** In the order of a record's way through the lake. */
const CHECKS: readonly Check[] = [stream, mapping, delivery, tables, flow, refused, quarantine, workgroup, results];

const ORDER: readonly Severity[] = ["problem", "warning", "unchecked"];

/** Runs every check. One that cannot look is a finding too and stops no other. @returns the worst first */
export async function examine(lake: Lake): Promise<Finding[]> {
  const remembering = { ...lake, read: once(lake.read) };
  const found = await Promise.all(
    CHECKS.map((check) => check.run(remembering).catch((error: unknown) => [unchecked(check.name, error)])),
  );
  return found.flat().sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

/** Several checks look at the same thing: it is asked for once. */
function once(read: Lake["read"]): Lake["read"] {
  return {
    ...read,
    table: remember((name) => read.table(name)),
    deliveryStream: remember((name) => read.deliveryStream(name)),
    stream: remember(() => read.stream()),
    workgroup: remember(() => read.workgroup()),
  };
}

function remember<T>(ask: (name: string) => Promise<T>): (name?: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (name = "") => {
    const answer = answers.get(name) ?? ask(name);
    answers.set(name, answer);
    return answer;
  };
}

function unchecked(check: string, error: unknown): Finding {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    severity: "unchecked",
    check,
    what: `not checked: ${why}`,
    where: "-",
    fix: "lake doctor again with an identity that may read it",
  };
}
