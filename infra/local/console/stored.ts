/**
 * A stored event as JSON text with its details parsed, or as text where they are no JSON. The details are put in as they
 * are stored, so that no digit of a number changes on the way.
 */
export function storedText(shell: Readonly<Record<string, unknown>>, details: string): string {
  return `${JSON.stringify(shell).slice(0, -1)},"details":${isJson(details) ? details : JSON.stringify(details)}}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
