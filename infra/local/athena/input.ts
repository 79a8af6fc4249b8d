import { type Json, type JsonObject, ServiceError } from "../service.ts";
import { isObject } from "./syntax.ts";

/** Reading the input of Athena's and Glue's operations. */

export const refuse = (message: string): ServiceError => new ServiceError("InvalidRequestException", message);

export const member = (input: JsonObject, key: string): JsonObject => (isObject(input[key]) ? input[key] : {});

export function text(input: JsonObject, key: string): string | undefined {
  const value = input[key] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw refuse(`${key} must be text`);
  return value === "" ? undefined : value;
}

export function required(input: JsonObject, key: string): string {
  const value = text(input, key);
  if (value === undefined) throw refuse(`${key} is missing or empty`);
  return value;
}

export const texts = (input: JsonObject, key: string): string[] => {
  const value = input[key];
  return Array.isArray(value) ? value.map(String) : [];
};

/** The default and the most for `MaxResults`. */
export type Limits = readonly [standard: number, most: number];

/** One page of a list, under the name `as`. */
export function page(all: Json[], input: JsonObject, limits: Limits, as: string): JsonObject {
  const { from, count } = range(input, limits);
  return { [as]: all.slice(from, from + count), ...(from + count < all.length && { NextToken: String(from + count) }) };
}

export function range(input: JsonObject, [standard, most]: Limits): { from: number; count: number } {
  const count = input.MaxResults ?? standard;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > most)
    throw refuse(`MaxResults is ${JSON.stringify(count)}; it must be a whole number from 1 to ${most}`);
  const token = text(input, "NextToken") ?? "0";
  if (!/^\d{1,15}$/.test(token)) throw refuse("Invalid NextToken; pass on the one that the page before gave");
  return { from: Number(token), count };
}

/** A name pattern of Glue's and Athena's lists: a regular expression over the whole name. */
export function matcher(expression: string | undefined): (name: string) => boolean {
  if (expression === undefined) return () => true;
  try {
    const pattern = new RegExp(`^(?:${expression.replace(/(?<![.\]])\*/g, ".*")})$`, "i");
    return (name) => pattern.test(name);
  } catch {
    throw refuse(`Expression ${JSON.stringify(expression)} is no regular expression`);
  }
}
