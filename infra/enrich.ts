import { statSync } from "node:fs";
import { basename } from "node:path";
import { Stack } from "aws-cdk-lib";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { allow, FILES_FOLDER } from "./function.ts";
import type { Settings } from "./settings.ts";

export interface Enrichment {
  /** Variables that say where each thing lies: in the bundle, or in S3. None for what no setting names. */
  readonly environment: Record<string, string>;
  /** Files on this machine that go into the bundle. */
  readonly files: readonly string[];
  /** What the function may read: exactly the objects that are named. */
  readonly statements: PolicyStatement[];
}

/**
 * What a function that runs plugins gets for them, as the settings say (handlers/resources.ts).
 *
 * @throws {Error} for a file that is not there, and for two of one name
 */
export function enrichment(scope: Construct, { geo, lookups }: Settings): Enrichment {
  const places = [...geo, ...lookups];
  const files = places.filter((place) => !isObject(place));
  const missing = files.filter((file) => !statSync(file, { throwIfNoEntry: false })?.isFile());
  const twice = files.filter((file, i) => files.some((other, j) => j < i && basename(other) === basename(file)));
  if (missing.length > 0) throw new Error(`settings: ${missing.join(", ")} (lake:geo, lake:lookups) is no file here`);
  if (twice.length > 0) throw new Error(`settings: another file of lake:geo or lake:lookups is named as ${twice[0]}`);
  return {
    environment: {
      ...(geo.length > 0 && { GEO_DATABASES: geo.map(placeInBundle).join(",") }),
      ...(lookups.length > 0 && { LOOKUP_TABLES: lookups.map(placeInBundle).join(",") }),
    },
    files,
    statements: places.filter(isObject).map((place) => allow(["s3:GetObject"], [arnOf(scope, place)])),
  };
}

function isObject(place: string): boolean {
  return place.startsWith("s3://");
}

function placeInBundle(place: string): string {
  return isObject(place) ? place : `${FILES_FOLDER}/${basename(place)}`;
}

function arnOf(scope: Construct, place: string): string {
  const [resource = "", ...key] = place.slice("s3://".length).split("/");
  return Stack.of(scope).formatArn({ service: "s3", region: "", account: "", resource, resourceName: key.join("/") });
}
