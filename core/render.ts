import Mustache from "mustache";
import type { LakeEvent } from "./event.ts";

/** A summary is text, not HTML: nothing is escaped, and an object prints as its JSON. */
const AS_TEXT = { escape: (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value)) };

/** Nothing being escaped, `{{&a}}` and `{{{a}}}` are `{{a}}`. */
class TextWriter extends Mustache.Writer {
  override unescapedValue(...[token, context]: Parameters<Mustache.Writer["unescapedValue"]>): string {
    return this.escapedValue(token, context, AS_TEXT);
  }
}

const writer = new TextWriter();

type Render = (event: LakeEvent) => string;

/** A plugin has a template or a few; templates made of data would fill the table up. */
const compiled = new Map<string, Render>();

/**
 * Fills a mustache template from an event, e.g. `{{details.user}} {{details.events.0.name}}`.
 *
 * A field that is missing, null or empty leaves nothing behind; braces in the data are not rendered again.
 */
export function render(template: string, event: LakeEvent): string {
  const known = compiled.get(template);
  if (known) return known(event);
  if (compiled.size > 1000) compiled.clear();
  const made = compile(template);
  compiled.set(template, made);
  return made(event);
}

/** Texts and names, which is what nearly all templates are made of, need no interpreter. */
function compile(template: string): Render {
  const parts: Render[] = [];
  for (const [kind, content] of Mustache.parse(template)) {
    if (kind === "text") parts.push(() => content);
    else if ((kind === "name" || kind === "&") && content !== ".") parts.push(nameAt(content.split(".")));
    else return (event) => writer.render(template, event, undefined, AS_TEXT);
  }
  return (event) => {
    let text = "";
    for (const part of parts) text += part(event);
    return text;
  };
}

function nameAt(path: readonly string[]): Render {
  return (event) => {
    let value: unknown = event;
    for (const name of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return "";
      value = Reflect.get(value, name);
    }
    return value === null || value === undefined ? "" : AS_TEXT.escape(value);
  };
}
