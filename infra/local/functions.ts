import { join } from "node:path";
import { type Cleanups, openLog } from "./cleanup.ts";
import { createFunction, type LocalFunction } from "./lambda/function.ts";
import type { JsonObject } from "./service.ts";
import { localQueueUrls } from "./sqs/url.ts";
import type { LocalTemplate, TemplateResource } from "./template.ts";

interface FunctionsOptions {
  /** Each function logs to a file of its name in it. */
  readonly logs: string;
  readonly region: string;
  readonly account: string;
  readonly endpointUrl: string;
  /** Gets each line that a function prints. */
  readonly take: (line: string) => void;
  readonly cleanups: Cleanups;
}

/** The template's functions, found by a property of another resource that names one: its name, its ARN. */
export type Functions = (resource: TemplateResource, property?: string) => LocalFunction;

/** Prepares every function of the template; its threads start with its first invocation. */
export function openFunctions(template: LocalTemplate, options: FunctionsOptions): Functions {
  const functions = new Map<string, LocalFunction>();
  for (const resource of template.resources("AWS::Lambda::Function")) {
    const opened = openFunction(template, resource, options);
    functions.set(resource.name, opened);
    options.cleanups.push(() => opened.close());
  }
  return (resource, property = "FunctionName") => {
    const name = String(resource.properties[property]).split(":").at(-1) ?? "";
    const found = functions.get(name);
    if (!found) throw new Error(`${resource.logicalId} invokes ${name}, which is no function of the template`);
    return found;
  };
}

function openFunction(template: LocalTemplate, resource: TemplateResource, options: FunctionsOptions): LocalFunction {
  const { name, properties } = resource;
  const { logs, take, cleanups, region, account, endpointUrl } = options;
  const log = openLog(join(logs, `${name}.log`), cleanups);
  return createFunction({
    name,
    directory: template.bundle(resource),
    handler: String(properties.Handler),
    environment: localQueueUrls(variablesOf(properties), region, endpointUrl),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMB: Number(properties.MemorySize ?? 128),
    region,
    account,
    endpointUrl,
    log(line) {
      log(line);
      take(line);
    },
  });
}

function variablesOf({ Environment }: JsonObject): Record<string, string> {
  const variables =
    Environment && typeof Environment === "object" && "Variables" in Environment ? Environment.Variables : {};
  return Object.fromEntries(Object.entries(variables ?? {}).map(([key, value]) => [key, String(value)]));
}
