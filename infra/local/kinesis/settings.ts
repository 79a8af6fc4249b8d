/** What can be changed on a stream: retention, capacity mode, record size and encryption. */

import type { JsonObject, Operation } from "../service.ts";
import { oneOf, reader, required, text, whole } from "./check.ts";
import { type Context, findStream, invalid, streamArn, streamMode, streamRef } from "./context.ts";
import { RECORD_KIB } from "./streams.ts";

/** Retention limits, hours: a day and a year (IncreaseStreamRetentionPeriod, Kinesis API Reference). */
const RETENTION_HOURS = { min: 24, max: 8760 };

const readRetention = reader({ ...streamRef, RetentionPeriodHours: required(whole()) });
const readMode = reader({ StreamARN: required(streamArn), StreamModeDetails: required(streamMode) });
const readRecordSize = reader({ ...streamRef, MaxRecordSizeInKiB: required(whole(RECORD_KIB)) });
const readEncryption = reader({
  ...streamRef,
  EncryptionType: required(oneOf("NONE", "KMS")),
  KeyId: required(text({ min: 1, max: 2048 })),
});

export function settingOperations(context: Context): Record<string, Operation> {
  const { store } = context;
  return {
    IncreaseStreamRetentionPeriod: (json) => setRetention(context, readRetention(json), "increase"),
    DecreaseStreamRetentionPeriod: (json) => setRetention(context, readRetention(json), "decrease"),
    UpdateStreamMode: (json) => {
      const input = readMode(json);
      const mode = input.StreamModeDetails.StreamMode;
      if (mode === undefined) throw invalid("StreamModeDetails.StreamMode must be provided.");
      store.updateStream({ ...findStream(context, input), mode });
      return {};
    },
    UpdateMaxRecordSize: (json) => {
      const input = readRecordSize(json);
      store.updateStream({ ...findStream(context, input), maxRecordKib: input.MaxRecordSizeInKiB });
      return {};
    },
    StartStreamEncryption: (json) => {
      const input = readEncryption(json);
      if (input.EncryptionType !== "KMS") throw invalid("EncryptionType must be KMS to start encryption.");
      store.updateStream({ ...findStream(context, input), keyId: input.KeyId });
      return {};
    },
    StopStreamEncryption: (json) => {
      store.updateStream({ ...findStream(context, readEncryption(json)), keyId: null });
      return {};
    },
  };
}

/** The present number of hours is taken in both directions, as on AWS. */
function setRetention(
  context: Context,
  input: ReturnType<typeof readRetention>,
  direction: "increase" | "decrease",
): JsonObject {
  const stream = findStream(context, input);
  const hours = checkRetention(input.RetentionPeriodHours);
  const wrongWay = direction === "increase" ? hours < stream.retentionHours : hours > stream.retentionHours;
  if (wrongWay) {
    const [than, api] = direction === "increase" ? ["shorter", "Decrease"] : ["longer", "Increase"];
    throw invalid(
      `Requested retention period (${hours} hours) for stream ${stream.name} can not be ${than} than existing ` +
        `retention period (${stream.retentionHours} hours). Use ${api}RetentionPeriod API.`,
    );
  }
  context.store.updateStream({ ...stream, retentionHours: hours });
  return {};
}

function checkRetention(hours: number): number {
  if (hours < RETENTION_HOURS.min) {
    throw invalid(
      `Minimum allowed retention period is ${RETENTION_HOURS.min} hours. ` +
        `Requested retention period (${hours} hours) is too short.`,
    );
  }
  if (hours > RETENTION_HOURS.max) {
    throw invalid(
      `Maximum allowed retention period is ${RETENTION_HOURS.max} hours. ` +
        `Requested retention period (${hours} hours) is too long.`,
    );
  }
  return hours;
}
