/** The little XML that S3 speaks: answers are rendered, and two request bodies (Delete, CompleteMultipartUpload) read. */

export type XmlValue = string | number | boolean | undefined | XmlValue[] | { [tag: string]: XmlValue };

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** Renders a document; arrays repeat their element, undefined leaves it out. Errors carry no namespace, as in S3. */
export function xmlDocument(root: string, content: XmlValue): string {
  const attribute = root === "Error" ? "" : ` xmlns="${NAMESPACE}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${render(content)}</${root}>`;
}

function render(value: XmlValue): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map(render).join("");
  if (typeof value !== "object") return escapeText(String(value));
  return Object.entries(value)
    .flatMap(([tag, inner]) => (Array.isArray(inner) ? inner.map((item) => element(tag, item)) : [element(tag, inner)]))
    .join("");
}

function element(tag: string, value: XmlValue): string {
  return value === undefined ? "" : `<${tag}>${render(value)}</${tag}>`;
}

function escapeText(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them, and XML wants them as references
  return text.replace(/[&<>"\u0000-\u001f]/g, (char) => named[char] ?? `&#${char.charCodeAt(0)};`);
}

/** The inner XML of every `<tag>` in a request body, in order. */
export function xmlBlocks(xml: string, tag: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g")), (match) => match[1] ?? "");
}

/** The text of the first `<tag>`, entities resolved. */
export function xmlText(xml: string, tag: string): string | undefined {
  const inner = xmlBlocks(xml, tag)[0];
  return inner === undefined ? undefined : unescapeText(inner);
}

function unescapeText(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(#x[0-9a-f]+|#[0-9]+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith("#x")) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    return named[name] ?? whole;
  });
}
