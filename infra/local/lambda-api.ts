/** What Lambda's API tells of the template's functions and event source mappings. It changes nothing: the template does. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Functions } from "./functions.ts";
import type { Json, JsonObject } from "./service.ts";
import type { TemplateResource } from "./template.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface LambdaApiOptions {
  /** The template's `AWS::Lambda::EventSourceMapping`s and `AWS::Lambda::Function`s. */
  readonly mappings: readonly TemplateResource[];
  readonly functions: readonly TemplateResource[];
  readonly region: string;
  readonly account: string;
}

export interface LambdaApi {
  /** Answers Lambda's requests and leaves every other one to `otherwise`. */
  answer(otherwise: Handler): Handler;
  /** The same functions; the outcome of what a mapping invokes becomes its `LastProcessingResult`. */
  watch(functions: Functions): Functions;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Lambda's version of its REST API. A bucket of this name would be hidden by it. */
const ROOT = "/2015-03-31/";

/** Defaults of a Kinesis mapping (Lambda API Reference, CreateEventSourceMapping). */
const DEFAULTS: JsonObject = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  BisectBatchOnFunctionError: false,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: -1,
  FunctionResponseTypes: [],
};

/** Properties of the template that are no part of a mapping's description. */
const NOT_TOLD = new Set(["Enabled", "FunctionName", "Tags"]);

/** Opens the part of Lambda's API that looks at things: ListEventSourceMappings, GetEventSourceMapping, GetFunction. */
export function openLambdaApi(options: LambdaApiOptions): LambdaApi {
  const opened = Date.now() / 1000;
  const results = new Map<string, string>();
  const arnOf = (name: string) =>
    name.startsWith("arn:") ? name : `arn:aws:lambda:${options.region}:${options.account}:function:${name}`;

  function describe({ name, properties }: TemplateResource): JsonObject {
    const told = Object.entries(properties).filter(([key]) => !NOT_TOLD.has(key));
    return {
      ...DEFAULTS,
      ...Object.fromEntries(told),
      UUID: name,
      FunctionArn: arnOf(String(properties.FunctionName)),
      State: String(properties.Enabled ?? true) === "true" ? "Enabled" : "Disabled",
      StateTransitionReason: "User action",
      LastModified: opened,
      LastProcessingResult: results.get(name) ?? "No records processed",
    };
  }

  function list(query: URLSearchParams): Answer {
    const [source, fn] = [query.get("EventSourceArn"), query.get("FunctionName")];
    const wanted = options.mappings.map(describe).filter(({ EventSourceArn, FunctionArn }) => {
      return (source === null || EventSourceArn === source) && (fn === null || FunctionArn === arnOf(fn));
    });
    return { status: 200, body: { EventSourceMappings: wanted } };
  }

  function getMapping(uuid: string): Answer {
    const found = options.mappings.find(({ name }) => name === uuid);
    return found ? { status: 200, body: describe(found) } : absent("The resource you requested does not exist.");
  }

  function getFunction(name: string): Answer {
    const found = options.functions.find((one) => one.name === name || arnOf(one.name) === name);
    if (!found) return absent(`Function not found: ${arnOf(name)}`);
    return { status: 200, body: { Configuration: configurationOf(found, arnOf(found.name)), Tags: {} } };
  }

  function find(method: string, url: URL): Answer {
    const [kind = "", id = ""] = decodeURIComponent(url.pathname).slice(ROOT.length).split("/", 2);
    if (method === "GET" && kind === "event-source-mappings")
      return id === "" ? list(url.searchParams) : getMapping(id);
    if (method === "GET" && kind === "functions" && id !== "") return getFunction(id);
    const message = `The local Lambda does not answer ${method} ${url.pathname}: change the template and start the lake again`;
    return { status: 501, body: { Type: "User", Code: "NotImplementedException", Message: message } };
  }

  return {
    answer: (otherwise) => (request, response) => {
      if (!request.url?.startsWith(ROOT)) return otherwise(request, response);
      request.resume();
      const { status, body } = find(request.method ?? "GET", new URL(request.url, "http://localhost"));
      const headers = { "content-type": "application/json", ...(body.Code !== undefined && errorType(body.Code)) };
      response.writeHead(status, headers).end(JSON.stringify(body));
    },
    watch: (functions) => (resource, property) => {
      const watched = functions(resource, property);
      return {
        ...watched,
        async invoke(event) {
          const invocation = await watched.invoke(event);
          results.set(resource.name, invocation.ok ? "OK" : "PROBLEM: Function call failed");
          return invocation;
        },
      };
    },
  };
}

function absent(Message: string): Answer {
  return { status: 404, body: { Type: "User", Code: "ResourceNotFoundException", Message } };
}

/** The SDKs take the error's name from this header. */
function errorType(code: Json): Record<string, string> {
  return { "x-amzn-errortype": String(code) };
}

function configurationOf({ name, properties }: TemplateResource, FunctionArn: string): JsonObject {
  const {
    Runtime = null,
    Handler = null,
    Timeout = 3,
    MemorySize = 128,
    Environment = {},
    Description = "",
  } = properties;
  const told = { Runtime, Handler, Timeout, MemorySize, Environment, Description };
  return { FunctionName: name, FunctionArn, ...told, State: "Active", LastUpdateStatus: "Successful" };
}
