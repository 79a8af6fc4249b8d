import { CfnNamedQuery, CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { DATABASE } from "./catalog.ts";
import type { Settings } from "./settings.ts";
import { SAVED_QUERIES } from "./sql.ts";

/** The workgroup's name, which clients pass along; the original data lake's. */
export const WORKGROUP = "defenda_data_lake";

const BYTES_PER_GIB = 1024 ** 3;

interface QueriesProps {
  settings: Settings;
  results: IBucket;
}

/** The Athena workgroup that analysts query in. Its rules hold whatever a client asks for. */
export class Queries extends Construct {
  constructor(scope: Construct, id: string, { settings, results }: QueriesProps) {
    super(scope, id);
    const workgroup = new CfnWorkGroup(this, "Workgroup", {
      name: WORKGROUP,
      description: "Queries of the data lake, with a limit on what one may scan",
      // Its history would otherwise keep the stack from being deleted.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: settings.scanLimitGiB * BYTES_PER_GIB,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: results.s3UrlForObject("queries/"),
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
    });
    for (const { name, description, sql } of SAVED_QUERIES) {
      new CfnNamedQuery(this, name.replaceAll(" ", ""), {
        name,
        description,
        database: DATABASE,
        workGroup: WORKGROUP,
        queryString: sql,
      }).addResourceDependency(workgroup);
    }
  }
}
