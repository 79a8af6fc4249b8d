import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Endpoint, startEndpoint } from "../../../infra/local/endpoint.ts";
import { openSecrets, type Secrets } from "../../../infra/local/secrets.ts";
import type { JsonObject } from "../../../infra/local/service.ts";

const dir = mkdtempSync(join(tmpdir(), "secrets-"));
const file = join(dir, "secrets.json");

function secret(name: string, properties: JsonObject) {
  const arn = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}`;
  return { logicalId: name, type: "AWS::SecretsManager::Secret", name, arn, properties, metadata: {} };
}

const generated = secret("generated", {
  GenerateSecretString: {
    SecretStringTemplate: '{"username":"lake"}',
    GenerateStringKey: "password",
    PasswordLength: 40,
    ExcludePunctuation: true,
    ExcludeUppercase: true,
    ExcludeCharacters: "aeiou",
  },
});
const plain = secret("plain", { GenerateSecretString: {} });
const given = secret("given", { SecretString: "as it is" });

let secrets: Secrets;
let endpoint: Endpoint;
let client: SecretsManagerClient;
beforeAll(async () => {
  secrets = openSecrets({ secrets: [generated, plain, given], file });
  endpoint = await startEndpoint({ port: 0, services: [secrets], s3: (_, response) => response.destroy() });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new SecretsManagerClient({ endpoint: endpoint.url, region: "us-east-1", credentials });
});
afterAll(async () => {
  client.destroy();
  await endpoint.close();
  rmSync(dir, { recursive: true });
});

const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));

test.each(["generated", generated.arn])("%s: AWS's client reads it, made up as the template says", async (id) => {
  const { Name, ARN, SecretString = "", CreatedDate, VersionStages } = await read(id);
  expect({ Name, ARN, VersionStages }).toEqual({
    Name: "generated",
    ARN: generated.arn,
    VersionStages: ["AWSCURRENT"],
  });
  expect(CreatedDate?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(JSON.parse(SecretString)).toEqual({ username: "lake", password: expect.stringMatching(/^[b-z0-9]{40}$/) });
  expect(JSON.parse(SecretString).password).not.toMatch(/[aeiou]/);
});

test("without a template the secret is the password alone; a given text is taken as it is", async () => {
  expect((await read("plain")).SecretString).toMatch(/^[!-~]{32}$/);
  expect((await read("given")).SecretString).toBe("as it is");
});

test("one that is not there is AWS's error", async () => {
  await expect(read("other")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect(secrets.value("other")).toBeUndefined();
});

test("values survive a restart, in a file that only this user can read", async () => {
  const again = openSecrets({ secrets: [generated], file });
  expect(again.value("generated")).toBe(secrets.value(generated.arn));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
