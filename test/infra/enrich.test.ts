import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, describe, expect, test } from "vitest";
import { readSettings } from "../../infra/settings.ts";
import { DefendaDataLake } from "../../infra/stack.ts";

const folder = mkdtempSync(join(tmpdir(), "lake-enrich-"));
afterAll(() => rmSync(folder, { recursive: true }));
const table = join(folder, "threats.csv");
writeFileSync(table, "match,tag\n203.0.113.0/24,threat\n");

function synthesize(name: string, context: Record<string, unknown>) {
  const app = new App({ context: { ...flags, ...context }, outdir: join(folder, name) });
  const stack = new DefendaDataLake(app, "DefendaDataLake", readSettings(context, 2026));
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return { template: Template.fromStack(stack), violations };
}

const { template, violations } = synthesize("on", {
  "lake:replay": "true",
  "lake:geo": "s3://lists/geo/GeoLite2-City.mmdb",
  "lake:lookups": `${table},s3://lists/assets.json.gz`,
});

describe("lake:geo and lake:lookups", () => {
  test.each([["Kinesis records"], ["through the plugins of today"]])("the function for %s gets them", (description) => {
    const Description = Match.stringLikeRegexp(description);
    const found = template.findResources("AWS::Lambda::Function", { Properties: { Description } });
    const [fn] = Object.values(found);
    expect(fn?.Properties.Environment.Variables).toMatchObject({
      GEO_DATABASES: "s3://lists/geo/GeoLite2-City.mmdb",
      LOOKUP_TABLES: "enrich/threats.csv,s3://lists/assets.json.gz",
    });
  });

  test.each(["consumer", "replay"])("the file is in the bundle of the %s", (name) => {
    const file = join(folder, "on", "bundles", name, "enrich", "threats.csv");
    expect(readFileSync(file, "utf8")).toBe(readFileSync(table, "utf8"));
  });

  test("the two functions may read these two objects, and no other object", () => {
    const roles = template.findResources("AWS::IAM::Role");
    const statements = Object.values(roles).flatMap(({ Properties }) =>
      (Properties.Policies ?? []).flatMap(({ PolicyDocument }: { PolicyDocument: { Statement: object[] } }) =>
        PolicyDocument.Statement.map((statement) => JSON.stringify(statement)),
      ),
    );
    const reading = statements.filter((text) => text.includes("s3:::lists"));
    const arn = (path: string) => ({ "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, `:s3:::lists/${path}`]] });
    const Resource = [arn("assets.json.gz"), arn("geo/GeoLite2-City.mmdb")];
    const expected = JSON.stringify({ Action: "s3:GetObject", Effect: "Allow", Resource });
    expect(reading).toEqual([expected, expected]);
  });

  test("cdk-nag finds nothing that is not acknowledged", () => expect(violations).toEqual([]));

  test.each([
    ["a file that is not there", "nothing.csv", /nothing\.csv .*is no file here/],
    ["a folder", `${folder}/dir.csv`, /is no file here/],
    ["two files of one name", `${table},${folder}/dir2/threats.csv`, /another file .* is named as/],
  ])("%s is refused", (_, places, message) => {
    for (const name of ["dir.csv", "dir2"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "dir2", "threats.csv"), "match\n");
    expect(() => synthesize("refused", { "lake:lookups": places })).toThrow(message);
  });

  test.each([
    ["lake:geo", "city.csv"],
    ["lake:geo", "s3://lists/*.mmdb"],
    ["lake:geo", "s3://LISTS/city.mmdb"],
    ["lake:lookups", "threats.xlsx"],
    ["lake:lookups", "a.csv,,b.csv"],
    ["lake:lookups", "s3:///a.csv"],
  ])("%s=%s is none", (key, value) => expect(() => readSettings({ [key]: value }, 2026)).toThrow(`${key} is`));
});
