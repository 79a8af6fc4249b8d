import type { Json, JsonObject } from "../service.ts";
import { asObject } from "./assembly.ts";

/** What the intrinsic functions look things up in. `at` names the place in the template, for the error. */
export interface Scope {
  /** A parameter, a pseudo parameter or a resource; undefined is `AWS::NoValue`. */
  ref(name: string, at: string): Json | undefined;
  attribute(logicalId: string, name: string, at: string): Json;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
}

/**
 * The value with every intrinsic function replaced by what CloudFormation would put there.
 *
 * @param at the place in the template, e.g. `Stream.Properties.Name`
 * @returns undefined where the template says `AWS::NoValue`: the property is left out
 * @throws Error that names the place, for a function this lake does not know or cannot answer
 */
export function resolveValue(value: Json | undefined, scope: Scope, at: string): Json | undefined {
  if (Array.isArray(value)) {
    return value
      .map((item, index) => resolveValue(item, scope, `${at}[${index}]`))
      .filter((item) => item !== undefined);
  }
  if (value === null || typeof value !== "object") return value;
  const [only, ...others] = Object.keys(value);
  if (only !== undefined && others.length === 0 && (only === "Ref" || only.startsWith("Fn::"))) {
    return callFunction(only, value[only] ?? null, scope, `${at}.${only}`);
  }
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const resolved = resolveValue(item, scope, `${at}.${key}`);
    if (resolved !== undefined) result[key] = resolved;
  }
  return result;
}

type Intrinsic = (argument: Json, scope: Scope, at: string) => Json | undefined;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope, at) => scope.ref(textOf(name, at), at),
  "Fn::GetAtt": getAttribute,
  "Fn::Sub": substitute,
  "Fn::Join": (argument, scope, at) => {
    const [separator, items] = listOf(argument, scope, at);
    return asList(items, at)
      .map((item) => textOf(item, at))
      .join(textOf(separator, at));
  },
  "Fn::Split": (argument, scope, at) => {
    const [separator, text] = listOf(argument, scope, at);
    return textOf(text, at).split(textOf(separator, at));
  },
  "Fn::Select": (argument, scope, at) => {
    const [index, items] = listOf(argument, scope, at);
    return asList(items, at)[Number(index)] ?? fail(at, `there is no element ${textOf(index, at)}`);
  },
  "Fn::FindInMap": (argument, scope, at) => {
    const [map = null, first = null, second = null] = listOf(argument, scope, at);
    const keys = [map, first, second].map((key) => textOf(key, at));
    const found = keys.reduce((level: Json | undefined, key) => asObject(level)[key], scope.mappings);
    return found ?? fail(at, `the mappings have no ${keys.join(".")}`);
  },
  "Fn::If": (argument, scope, at) => {
    const [name = null, yes, no] = asList(argument, at);
    return resolveValue(testCondition(textOf(name, at), scope, at) ? yes : no, scope, at);
  },
};

function callFunction(name: string, argument: Json, scope: Scope, at: string): Json | undefined {
  const intrinsic = INTRINSICS[name] ?? fail(at, `${name} is not supported here`);
  return intrinsic(argument, scope, at);
}

/** Whether a condition of the template's `Conditions` holds. */
export function testCondition(name: string, scope: Scope, at: string): boolean {
  const condition = scope.conditions[name] ?? fail(at, `there is no condition ${name}`);
  return holds(condition, scope, `Conditions.${name}`);
}

function holds(condition: Json | undefined, scope: Scope, at: string): boolean {
  const [[name, argument = null] = ["nothing", null]] = Object.entries(asObject(condition));
  if (name === "Condition") return testCondition(textOf(argument, at), scope, at);
  const operands = asList(argument, `${at}.${name}`);
  if (name === "Fn::Equals") {
    const [left, right] = operands.map((operand) => resolveValue(operand, scope, `${at}.${name}`));
    return JSON.stringify(left) === JSON.stringify(right);
  }
  if (name === "Fn::Not") return !holds(operands[0], scope, at);
  if (name === "Fn::And") return operands.every((operand) => holds(operand, scope, at));
  if (name === "Fn::Or") return operands.some((operand) => holds(operand, scope, at));
  return fail(at, `${name} is not a condition that is supported here`);
}

function getAttribute(argument: Json, scope: Scope, at: string): Json {
  if (typeof argument === "string") return scope.attribute(...splitAttribute(argument), at);
  const [logicalId, name] = listOf(argument, scope, at);
  return scope.attribute(textOf(logicalId, at), textOf(name, at), at);
}

/** `${Name}`, `${Name.Attribute}` and `${!Literal}` in the text, with the argument's own variables first. */
function substitute(argument: Json, scope: Scope, at: string): string {
  const [text = null, variables = null] = typeof argument === "string" ? [argument] : asList(argument, at);
  const own = asObject(resolveValue(variables, scope, at));
  return textOf(text, at).replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, inner: string) => {
    const name = inner.trim();
    if (literal) return `\${${name}}`;
    const value =
      own[name] ?? (name.includes(".") ? scope.attribute(...splitAttribute(name), at) : scope.ref(name, at));
    return textOf(value ?? null, at);
  });
}

function splitAttribute(text: string): [logicalId: string, name: string] {
  const dot = text.indexOf(".");
  return [text.slice(0, dot), text.slice(dot + 1)];
}

function listOf(argument: Json, scope: Scope, at: string): Json[] {
  return asList(resolveValue(argument, scope, at), at);
}

function asList(value: Json | undefined, at: string): Json[] {
  return Array.isArray(value) ? value : fail(at, `a list is expected, not ${JSON.stringify(value)}`);
}

function textOf(value: Json | undefined, at: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return fail(at, `text is expected, not ${JSON.stringify(value)}`);
}

/** Every error of the template names the place it comes from. */
export function fail(at: string, problem: string): never {
  throw new Error(`template: ${at}: ${problem}; the template cannot be run here as it is`);
}
