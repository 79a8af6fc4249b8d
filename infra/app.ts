import { App, Validations } from "aws-cdk-lib";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { readSettings } from "./settings.ts";
import { DefendaDataLake } from "./stack.ts";

// Feature flags are given here and not in cdk.json, so that the template is the same whether the CDK CLI runs this file or
// `CDK_OUTDIR=<folder> node infra/app.ts` does.
const app = new App({ context: flags, analyticsReporting: false });
new DefendaDataLake(app, "DefendaDataLake", readSettings(app.node.getAllContext(), new Date().getUTCFullYear()));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
