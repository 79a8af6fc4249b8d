import { findingsOf, REDEPLOY } from "./finding.ts";
import type { Check } from "./lake.ts";

/** The Kinesis stream: there, encrypted, and with a memory longer than its reader's patience. */
export const stream: Check = {
  name: "stream",
  async run(lake) {
    const name = lake.stream;
    const { found, problem, warning } = findingsOf("stream", `kinesis ${name}`);
    const summary = await lake.read.stream();
    if (!summary) {
      problem("the stream does not exist: producers are refused", REDEPLOY);
      return found;
    }
    const { StreamStatus: status, EncryptionType: encryption, RetentionPeriodHours: hours = 0 } = summary;
    if (status === "DELETING" || status === "CREATING")
      problem(`the stream is ${status}: producers are refused`, "lake doctor again in a minute");
    if (encryption !== "KMS")
      problem(
        "the stream is not encrypted at rest",
        `aws kinesis start-stream-encryption --stream-name ${name} --encryption-type KMS --key-id alias/aws/kinesis`,
      );
    if (hours <= 24)
      warning(
        `the stream keeps ${hours} hours: a weekend's fault outlasts that, and a replay reaches no further`,
        `aws kinesis increase-stream-retention-period --stream-name ${name} --retention-period-hours 168`,
      );
    return found;
  },
};
