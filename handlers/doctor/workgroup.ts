import type { ResultConfiguration } from "@aws-sdk/client-athena";
import { findingsOf, REDEPLOY } from "./finding.ts";
import { type Check, WORKGROUP } from "./lake.ts";

/** The workgroup that analysts query in. */
export const workgroup: Check = {
  name: "workgroup",
  async run(lake) {
    const { found, problem, warning } = findingsOf("workgroup", `athena ${WORKGROUP}`);
    const group = await lake.read.workgroup();
    if (!group) {
      problem("the workgroup does not exist: queries are refused", REDEPLOY);
      return found;
    }
    const update = (change: string) => `aws athena update-work-group --work-group ${WORKGROUP} ${change}`;
    const { ResultConfiguration: output, ...configuration } = group.Configuration ?? {};
    if (group.State === "DISABLED")
      problem("the workgroup is disabled: queries are refused", update("--state ENABLED"));
    if (configuration.EnforceWorkGroupConfiguration === false)
      warning(
        "clients may overrule its settings, the limit on what a query scans among them",
        update("--configuration-updates EnforceWorkGroupConfiguration=true"),
      );
    if (configuration.BytesScannedCutoffPerQuery === undefined)
      warning(
        "nothing limits what a query scans and costs",
        update(`--configuration-updates BytesScannedCutoffPerQuery=${100 * 1024 ** 3}`),
      );
    const engine =
      configuration.EngineVersion?.EffectiveEngineVersion ?? configuration.EngineVersion?.SelectedEngineVersion;
    if (engine !== undefined && engine !== "AUTO" && !engine.endsWith(" 3"))
      warning(`it runs ${engine}; the saved queries are written for version 3`, REDEPLOY);
    if (!resultsBucket(output)) problem("it names no place for results: clients that name none are refused", REDEPLOY);
    return found;
  },
};

/** The bucket of the workgroup's results: looking for it takes a right of its own. */
export const results: Check = {
  name: "results",
  async run(lake) {
    const bucket = resultsBucket((await lake.read.workgroup())?.Configuration?.ResultConfiguration);
    const { found, problem } = findingsOf("results", `s3://${bucket}`);
    if (bucket !== undefined && !(await lake.read.hasBucket(bucket)))
      problem("the bucket of the workgroup's results does not exist: every query fails", `aws s3 mb s3://${bucket}`);
    return found;
  },
};

function resultsBucket(configuration: ResultConfiguration | undefined): string | undefined {
  return /^s3:\/\/([^/]+)/.exec(configuration?.OutputLocation ?? "")?.[1];
}
