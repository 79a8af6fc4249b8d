import type { JsonObject } from "../service.ts";
import type { DeliveryStreamConfig } from "./config.ts";

/** Answers DescribeDeliveryStream. @param opened when the local Firehose started; streams have no other age */
export function describeStream(config: DeliveryStreamConfig, opened: Date): JsonObject {
  const name = config.DeliveryStreamName;
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName: name,
      DeliveryStreamARN: `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`,
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      VersionId: "1",
      CreateTimestamp: opened.getTime() / 1000,
      Destinations: [
        {
          DestinationId: "destinationId-000000000001",
          // CloudFormation's properties have the names of the API.
          ExtendedS3DestinationDescription: JSON.parse(JSON.stringify(config.ExtendedS3DestinationConfiguration)),
        },
      ],
      HasMoreDestinations: false,
    },
  };
}

const DEFAULT_LIMIT = 10; // ListDeliveryStreams

/** Answers ListDeliveryStreams, in the order of the names. */
export function listStreams(names: string[], input: JsonObject): JsonObject {
  const start =
    typeof input.ExclusiveStartDeliveryStreamName === "string" ? input.ExclusiveStartDeliveryStreamName : "";
  const limit = typeof input.Limit === "number" ? input.Limit : DEFAULT_LIMIT;
  const rest = names.sort().filter((name) => name > start);
  return { DeliveryStreamNames: rest.slice(0, limit), HasMoreDeliveryStreams: rest.length > limit };
}
