import { type LambdaClient, paginateListEventSourceMappings } from "@aws-sdk/client-lambda";
import type { MappingState } from "./lake.ts";

/** The event source mappings of a stream, by its ARN. */
export async function mappingsOf(lambda: LambdaClient, EventSourceArn: string): Promise<MappingState[]> {
  const mappings: MappingState[] = [];
  for await (const page of paginateListEventSourceMappings({ client: lambda }, { EventSourceArn }))
    mappings.push(...(page.EventSourceMappings ?? []));
  return mappings;
}
