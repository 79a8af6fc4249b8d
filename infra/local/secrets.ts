/** Secrets Manager on this machine: reads the secrets that the template declares. */

import { randomInt, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type JsonObject, type Service, ServiceError } from "./service.ts";
import { asObject } from "./template/assembly.ts";
import type { TemplateResource } from "./template.ts";

export interface SecretsOptions {
  /** The template's resources of type `AWS::SecretsManager::Secret`. */
  readonly secrets: readonly TemplateResource[];
  /** Keeps the values, readable by this user only; created when missing. */
  readonly file: string;
}

export interface Secrets extends Service {
  /** The text of a secret, by its name or ARN; undefined when there is none. */
  value(id: string): string | undefined;
}

interface Kept {
  readonly SecretString: string;
  readonly VersionId: string;
  /** Seconds since 1970. */
  readonly CreatedDate: number;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const CHARACTERS = { Lowercase: LOWER, Uppercase: LOWER.toUpperCase(), Numbers: "0123456789" };
/** What Secrets Manager calls punctuation (API Reference, GetRandomPassword). */
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/** Opens the secrets; one that has no value yet gets one as its template says, and keeps it over restarts. */
export function openSecrets({ secrets, file }: SecretsOptions): Secrets {
  const kept = readKept(file);
  for (const { name, properties } of secrets) kept[name] ??= create(properties);
  writeFileSync(file, JSON.stringify(kept, null, 2), { mode: 0o600 });

  const find = (id: string) => secrets.find(({ name, arn }) => id === name || id === arn);
  const keptOf = (id: string) => kept[find(id)?.name ?? ""];
  return {
    target: "secretsmanager",
    operations: {
      GetSecretValue({ SecretId }): JsonObject {
        const id = String(SecretId);
        const found = find(id);
        const value = keptOf(id);
        if (!found || !value)
          throw new ServiceError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        return { ARN: found.arn ?? found.name, Name: found.name, ...value, VersionStages: ["AWSCURRENT"] };
      },
    },
    value: (id) => keptOf(id)?.SecretString,
  };
}

function readKept(file: string): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {}; // the first start
  }
}

function create({ SecretString, GenerateSecretString }: JsonObject): Kept {
  const generate = asObject(GenerateSecretString);
  const text = typeof SecretString === "string" ? SecretString : generated(generate);
  return { SecretString: text, VersionId: randomUUID(), CreatedDate: Date.now() / 1000 };
}

/** As CloudFormation does by `GenerateSecretString`: the template's JSON with one more key, or the password alone. */
function generated(generate: JsonObject): string {
  const { SecretStringTemplate: template, GenerateStringKey: key, PasswordLength: length = 32 } = generate;
  const alphabet = alphabetOf(generate);
  const password = Array.from({ length: Number(length) }, () => alphabet[randomInt(alphabet.length)]).join("");
  if (template === undefined) return password;
  return JSON.stringify({ ...JSON.parse(String(template)), [String(key)]: password });
}

function alphabetOf(generate: JsonObject): string {
  const excluded = String(generate.ExcludeCharacters ?? "");
  const kinds = Object.entries(CHARACTERS).filter(([kind]) => generate[`Exclude${kind}`] !== true);
  const all = [...kinds.map(([, characters]) => characters), generate.ExcludePunctuation === true ? "" : PUNCTUATION];
  return [...all.join("")].filter((character) => !excluded.includes(character)).join("");
}
