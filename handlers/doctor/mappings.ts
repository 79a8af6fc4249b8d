import type { MappingState } from "./lake.ts";

/** Lambda API Reference, ListEventSourceMappings. */
const PATH = "/2015-03-31/event-source-mappings/";

/**
 * Asks for the event source mappings of a stream. The local lake takes the request as it is; AWS takes only signed ones, for
 * which Lambda's client is not among the dependencies.
 *
 * @throws {Error} where it cannot be asked
 */
export function mappingsOf(endpoint: string | undefined): (streamArn: string) => Promise<readonly MappingState[]> {
  return async (streamArn) => {
    if (endpoint === undefined)
      throw new Error(`without Lambda's client; aws lambda list-event-source-mappings --event-source-arn ${streamArn}`);
    const url = new URL(PATH, endpoint);
    url.searchParams.set("EventSourceArn", streamArn);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${PATH} answered ${response.status}`);
    const answer: { EventSourceMappings?: readonly MappingState[] } = JSON.parse(await response.text());
    return answer.EventSourceMappings ?? [];
  };
}
