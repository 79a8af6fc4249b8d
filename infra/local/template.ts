import type { Json, JsonObject } from "./service.ts";
import { type Assembly, asObject, bundleDirectory, readAssembly } from "./template/assembly.ts";
import { type Identity, identify, nameProperty, type Place } from "./template/identity.ts";
import { fail, resolveValue, type Scope, testCondition } from "./template/intrinsics.ts";

/** A resource of the template as it is on this machine. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  /** The physical name, given or derived; for a type without names the id that `Ref` answers. */
  readonly name: string;
  /** Absent for types without one, and for types this lake does not know. */
  readonly arn?: string;
  /** Every intrinsic function resolved; what was `AWS::NoValue` is absent. */
  readonly properties: JsonObject;
  readonly metadata: JsonObject;
}

export interface LocalTemplate {
  readonly stackName: string;
  /** The resources of a type whose condition holds, in the template's order. */
  resources(type: string): TemplateResource[];
  /** The outputs whose condition holds, by their logical id. */
  readonly outputs: Readonly<Record<string, Json>>;
  /** The folder of the bundle that is deployed for a Lambda function. */
  bundle(fn: TemplateResource): string;
}

/**
 * Reads a synthesized stack and resolves it for this machine: names, ARNs, conditions.
 *
 * Resources are resolved when asked for, so what the local lake does not run does not stop it.
 *
 * @param directory a cloud assembly with exactly one stack (`cdk.out`)
 * @throws Error naming the logical id and the path of whatever cannot be resolved
 */
export function readTemplate(
  directory: string,
  place: { region: string; account: string; partition?: string },
): LocalTemplate {
  const assembly = readAssembly(directory);
  const stack = openStack(assembly.template, { partition: "aws", ...place, stackName: assembly.stackName });
  return {
    stackName: assembly.stackName,
    resources: stack.resources,
    get outputs() {
      return stack.outputs();
    },
    bundle: (fn) => bundleDirectory(assembly, fn.logicalId, fn.properties.Code),
  };
}

interface Stack {
  resources(type: string): TemplateResource[];
  outputs(): Record<string, Json>;
}

function openStack(template: Assembly["template"], place: Place): Stack {
  const declared = asObject(template.Resources);
  const scope = openScope(template, place);
  return {
    resources: (type) =>
      Object.keys(declared)
        .filter((id) => asObject(declared[id]).Type === type && isPresent(asObject(declared[id]), scope, id))
        .map((id) => describe(id, asObject(declared[id]), scope)),
    outputs() {
      const present = Object.entries(asObject(template.Outputs)).filter(([id, output]) =>
        isPresent(asObject(output), scope, `Outputs.${id}`),
      );
      return Object.fromEntries(
        present.map(([id, output]) => [id, resolveValue(asObject(output).Value, scope, `Outputs.${id}`) ?? null]),
      );
    },
  };
}

function isPresent(item: JsonObject, scope: Scope, at: string): boolean {
  return item.Condition === undefined || testCondition(String(item.Condition), scope, at);
}

function describe(logicalId: string, resource: JsonObject, scope: OpenScope): TemplateResource {
  const identity = scope.identity(logicalId);
  return {
    logicalId,
    type: String(resource.Type),
    name: identity?.name ?? logicalId,
    ...(identity?.attributes.Arn !== undefined && { arn: identity.attributes.Arn }),
    properties: asObject(resolveValue(resource.Properties, scope, `${logicalId}.Properties`)),
    metadata: asObject(resource.Metadata),
  };
}

interface OpenScope extends Scope {
  identity(logicalId: string): Identity | undefined;
}

function openScope(template: JsonObject, place: Place): OpenScope {
  const declared = asObject(template.Resources);
  const parameters = asObject(template.Parameters);
  const pseudo = pseudoParameters(place);
  const scope: OpenScope = {
    mappings: asObject(template.Mappings),
    conditions: asObject(template.Conditions),
    ref(name, at) {
      if (name === "AWS::NoValue") return undefined;
      if (declared[name] !== undefined) return known(name, at).ref;
      return pseudo[name] ?? parameterValue(parameters[name], name, at);
    },
    attribute(logicalId, name, at) {
      const value = known(logicalId, at).attributes[name];
      return value ?? fail(at, `${typeOf(logicalId)} has no attribute ${name} here (infra/local/template/identity.ts)`);
    },
    identity: nameOnce(declared, place, () => scope),
  };
  return scope;

  function known(logicalId: string, at: string): Identity {
    if (declared[logicalId] === undefined) fail(at, `there is no resource ${logicalId}`);
    const identity = scope.identity(logicalId);
    return identity ?? fail(at, `${typeOf(logicalId)} cannot be referred to here (infra/local/template/identity.ts)`);
  }

  function typeOf(logicalId: string): string {
    return String(asObject(declared[logicalId]).Type);
  }
}

/** Names resources on demand and remembers the answer; a name that depends on itself is an error. */
function nameOnce(declared: JsonObject, place: Place, scope: () => Scope) {
  const found = new Map<string, Identity | undefined>();
  const naming = new Set<string>();
  return (logicalId: string): Identity | undefined => {
    if (found.has(logicalId)) return found.get(logicalId);
    if (naming.has(logicalId)) fail(logicalId, "its name depends on itself");
    naming.add(logicalId);
    const resource = asObject(declared[logicalId]);
    const type = String(resource.Type);
    const identity = identify(type, logicalId, explicitName(type, logicalId, resource, scope()), place);
    naming.delete(logicalId);
    found.set(logicalId, identity);
    return identity;
  };
}

function explicitName(type: string, logicalId: string, resource: JsonObject, scope: Scope): string | undefined {
  const path = nameProperty(type);
  if (path === undefined) return undefined;
  const value = path.split(".").reduce((level: Json | undefined, key) => asObject(level)[key], resource.Properties);
  const name = resolveValue(value, scope, `${logicalId}.Properties.${path}`);
  return name === undefined ? undefined : String(name);
}

function pseudoParameters(place: Place): Readonly<Record<string, Json>> {
  const arn = `arn:${place.partition}:cloudformation:${place.region}:${place.account}:stack/${place.stackName}/local`;
  return {
    "AWS::Region": place.region,
    "AWS::AccountId": place.account,
    "AWS::Partition": place.partition,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": place.stackName,
    "AWS::StackId": arn,
    "AWS::NotificationARNs": [],
  };
}

/** A parameter's default. One that lives in SSM has no value on this machine. */
function parameterValue(parameter: Json | undefined, name: string, at: string): Json {
  const { Type: type, Default: value } = asObject(parameter);
  if (value === undefined) return fail(at, `${name} is neither a resource nor a parameter with a default`);
  if (String(type).startsWith("AWS::SSM::")) return fail(at, `the parameter ${name} lives in SSM`);
  return String(type).startsWith("List<") || type === "CommaDelimitedList" ? String(value).split(",") : value;
}

/**
 * The properties of a type's resources. Their shape is CloudFormation's schema for the type, which `npm test` checks the
 * template against; each reader checks the values it depends on.
 *
 * @param nameProperty gets the physical name, which a template may leave to CloudFormation
 */
export function declared<T>(template: LocalTemplate, type: string, nameProperty?: string): T[] {
  return template.resources(type).map(({ name, properties }) => {
    const named = nameProperty === undefined ? properties : { ...properties, [nameProperty]: name };
    return named as unknown as T;
  });
}
