/** What `lake plugin new` writes: a plugin that works as it stands, to be changed line by line. */

/** A file's text, by its path from the repository's root. */
export type Files = Readonly<Record<string, string>>;

/** A source plugin with its fixture, what is expected of it, and its test. */
export function sourceFiles(name: string): Files {
  return {
    [`plugins/normalize/${name}.ts`]: sourcePlugin(name),
    [`test/fixtures/${name}.ndjson`]: jsonLines(["ok", "denied"].map((result) => sourceEvent(name, result))),
    [`test/fixtures/${name}.expected.ndjson`]: jsonLines(["ok", "denied"].map(expectedOf)),
    [`test/plugins/${name}.test.ts`]: `import { describe } from "vitest";
import ${name} from "../../plugins/normalize/${name}.ts";
import { contract } from "../contract.ts";
import { expectFixture } from "../expected.ts";

describe("${name}", () => {
  contract(${name}, "${name}");
  expectFixture("${name}");
});
`,
  };
}

/** A plugin that looks at what all sources have in common, and its test. */
export function enrichmentFiles(name: string): Files {
  return {
    [`plugins/enrich/${name}.ts`]: enrichmentPlugin(name),
    [`test/plugins/${name}.test.ts`]: `import { describe } from "vitest";
import ${name} from "../../plugins/enrich/${name}.ts";
import { contract } from "../contract.ts";

describe("${name}", () => {
  contract(${name});
});
`,
  };
}

function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function sourceEvent(name: string, result: string): object {
  const fields = { time: "2020-09-15T11:00:00Z", user: "mo", address: "203.0.113.7", action: "sign_in", result };
  return { [name]: fields };
}

function expectedOf(result: string): object {
  return {
    utctimestamp: "2020-09-15T11:00:00+00:00",
    category: "authentication",
    summary: `mo: sign_in ${result}`,
    ...{ sourceipaddress: "203.0.113.7", user: "mo", success: result === "ok" },
  };
}

function sourcePlugin(name: string): string {
  return `import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, claim, setCommon } from "../../core/vendor.ts";

/**
 * ${name}: what one event is, and where it comes from.
 *
 * Sets source, category, summary, utctimestamp, details.user, sourceipaddress, action and success.
 *
 * @see the page of the vendor that says so
 */
export default definePlugin({
  name: "${name}",
  registration: ["${name}"], // a field at any depth, a tag or a category; ["*"] is every event
  priority: 20, // lower runs first
  after: ["timestamps", "ip_addresses"],
  adds: COMMON_NAMES, // what it sets in details, and nothing else
  shallow: true, // it sets fields of the first level of details only
  onMessage(event, metadata) {
    const { details } = event;
    const at = (field: string) => textAt(details, \`${name}.\${field}\`);
    const action = at("action");
    const result = at("result");
    if (action === undefined || result === undefined) return event; // not ours: unchanged
    claim(event, "${name}");
    event.category = "authentication";
    event.utctimestamp = toUTC(at("time"), metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, { user: at("user"), sourceipaddress: at("address"), action, success: result === "ok" });
    event.summary = \`\${details.user ?? "someone"}: \${action} \${result}\`;
    return event; // null would drop it, and the consumer counts the drop
  },
  examples: [
    {
      in: \`{"${name}":{"time":"2020-09-15T11:00:00Z","user":"mo","address":"203.0.113.7",
        "action":"sign_in","result":"ok"}}\`,
      out: { source: "${name}", utctimestamp: "2020-09-15T11:00:00+00:00", user: "mo", success: true },
    },
    { in: '{"${name}":"something else"}', out: { source: "UNKNOWN" } },
  ],
});
`;
}

function enrichmentPlugin(name: string): string {
  return `import { definePlugin } from "../../core/plugin.ts";

/** How the names of programs' accounts begin. */
const PROGRAM = /^svc[-_]/;

/**
 * ${name}: what it adds, and why an analyst wants to know.
 *
 * Sets the tag service_account on events whose details.user is a program's.
 */
export default definePlugin({
  name: "${name}",
  registration: ["user"], // a field at any depth, a tag or a category; ["*"] is every event
  priority: 40, // after the indicators and the lookups
  adds: [], // what it sets in details, and nothing else
  shallow: true, // it sets fields of the first level of details only
  onMessage(event) {
    const { user } = event.details;
    if (typeof user !== "string" || !PROGRAM.test(user)) return event; // not ours: unchanged
    if (!event.tags.includes("service_account")) event.tags.push("service_account");
    return event; // null would drop it, and the consumer counts the drop
  },
  examples: [
    { in: '{"user":"svc-backup"}', out: { tags: ["service_account"] } },
    { in: '{"user":"mo"}', out: { tags: [] } },
  ],
});
`;
}
