/** Events that are made to break a plugin: deep, long, with keys that mean something to JavaScript. */

/** Levels of nesting: most of what is stored at all (core/keys.ts, MAX_DEPTH). */
const DEPTH = 900;

/** Characters of a long text, as many as Firehose takes in a record. */
const LONG = 1_000_000;

const PROTO = '"__proto__":{"polluted":true,"tostring":null},"constructor":{"prototype":{"polluted":true}}';

/**
 * @param inputs the plugin's own events; the first is broken
 * @param registration the fields that summon it
 */
export function hostileTexts(inputs: readonly string[], registration: readonly string[]): [string, string][] {
  const own = inputs.find((input) => input.startsWith("{")) ?? "{}";
  const names = registration.filter((name) => name !== "*").slice(0, 3);
  const inside = own.slice(1).trimStart();
  return [
    ["keys of JavaScript's own", `{${PROTO}${inside === "}" ? "" : ","}${inside}`],
    ["every object of its own event holds __proto__", own.replaceAll(/\{(?=\s*")/g, '{"__proto__":{"polluted":true},')],
    ...names.flatMap((name): [string, string][] => [
      [`${name} nested ${DEPTH} deep`, `{"${name}":${nested(name, "{", "}")}}`],
      [`${name} in ${DEPTH} lists`, `{"${name}":${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}}`],
      [`${name} of ${LONG} characters`, `{"${name}":"${"a".repeat(LONG)}"}`],
    ]),
    ["every text of its own event is long", grown(own, LONG / 20)],
    ["every text of its own event is empty", grown(own, 0)],
  ];
}

/** The event with each text repeated up to a length: its beginning still looks like what the plugin reads. */
export function grown(json: string, length: number): string {
  const grow = (text: string) => text.repeat(Math.ceil(length / Math.max(1, text.length))).slice(0, length);
  return JSON.stringify(JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? grow(value) : value)));
}

function nested(name: string, open: string, close: string): string {
  return `${`${open}"${name}":`.repeat(DEPTH)}"x"${close.repeat(DEPTH)}`;
}
