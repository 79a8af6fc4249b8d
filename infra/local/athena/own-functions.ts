import {
  BOOLEAN,
  DOUBLE,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
  LIST,
  VARCHAR,
} from "@duckdb/node-api";
import ipaddr from "ipaddr.js";
import { javaFormat } from "./java-format.ts";
import { doubleText, javaDouble, jsonExists, jsonQuery, jsonValue } from "./json-functions.ts";
import { trinoType } from "./type-names.ts";

/**
 * Functions that DuckDB lacks. IPADDRESS among them, of which it has none without an extension: here an address is the text
 * that Trino writes for it.
 */

const BYTE = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
/** IPv4 as it is nearly always written, and stays. */
const IPV4 = new RegExp(String.raw`^${BYTE}(?:\.${BYTE}){3}$`);

/** The text of an address as Trino writes it: IPv6 in its shortest form, IPv4 in IPv6 as IPv4. */
function addressText(text: DuckDBValue): string | null {
  if (typeof text === "string" && IPV4.test(text)) return text;
  return typeof text === "string" ? (parse(text)?.toString() ?? null) : null;
}

function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const isWhole = text.includes(":") || ipaddr.IPv4.isValidFourPartDecimal(text);
  return isWhole && !text.includes("%") && ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

/** The network that was asked for last: a query mostly asks for one. */
const networks = new Map<string, ReturnType<typeof ipaddr.parseCIDR>>();

function networkOf(text: string): ReturnType<typeof ipaddr.parseCIDR> {
  const known = networks.get(text);
  if (known) return known;
  const parsed = ipaddr.parseCIDR(text);
  networks.clear();
  networks.set(text, parsed);
  return parsed;
}

/** Whether an address is in a network such as `10.0.0.0/8`; null where either is none. */
function inNetwork(network: DuckDBValue, address: DuckDBValue): boolean | null {
  if (typeof network !== "string" || typeof address !== "string") return null;
  const found = parse(address);
  if (!found || !(networks.has(network) || ipaddr.isValidCIDR(network))) return null;
  const [base, bits] = networkOf(network);
  if (base instanceof ipaddr.IPv4) return found instanceof ipaddr.IPv4 && found.match(base, bits);
  return found instanceof ipaddr.IPv6 && found.match(base, bits);
}

const ofDouble =
  (write: (value: number) => string): Answer =>
  (value) =>
    typeof value === "number" ? write(value) : null;

type Answer = (...given: DuckDBValue[]) => DuckDBValue;

function scalar(name: string, parameterTypes: readonly DuckDBType[], returnType: DuckDBType, answer: Answer) {
  const count = parameterTypes.length;
  return DuckDBScalarFunction.create({
    name,
    returnType,
    parameterTypes,
    mainFunction(_, input: DuckDBDataChunk, output: DuckDBVector) {
      const columns = Array.from({ length: count }, (_, index) => input.getColumnVector(index));
      for (let row = 0; row < input.rowCount; row++)
        output.setItem(row, answer(...columns.map((column) => column.getItem(row))));
      output.flush();
    },
  });
}

export const ownFunctions = (): DuckDBScalarFunction[] => [
  scalar("lake_address", [VARCHAR], VARCHAR, addressText),
  scalar("lake_in_network", [VARCHAR, VARCHAR], BOOLEAN, inNetwork),
  scalar("lake_double_text", [DOUBLE], VARCHAR, ofDouble(doubleText)),
  scalar("lake_java_double", [DOUBLE], VARCHAR, ofDouble(javaDouble)),
  scalar("lake_json_value", Array(5).fill(VARCHAR), VARCHAR, jsonValue),
  scalar("lake_json_query", Array(6).fill(VARCHAR), VARCHAR, jsonQuery),
  scalar("lake_json_exists", Array(3).fill(VARCHAR), BOOLEAN, jsonExists),
  scalar("lake_format", [VARCHAR, LIST(VARCHAR)], VARCHAR, javaFormat),
  scalar("lake_type", [VARCHAR], VARCHAR, (type) => (typeof type === "string" ? trinoType(type) : null)),
];
