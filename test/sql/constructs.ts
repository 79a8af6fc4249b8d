/** What Trino answered to a construct: its columns' types and its rows in Athena's text, or its error. */
export interface Answer {
  readonly sql: string;
  readonly types?: readonly string[];
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly error?: string;
}

/** The queries of constructs.sql: one a line, comments and empty lines left out. */
export function readConstructs(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("--"));
}
