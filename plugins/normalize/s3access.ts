import { arnIn, principalOf } from "../../core/arn.ts";
import { addFields, fieldsOf, isSuccess, namedFields } from "../../core/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import { takeOver } from "../../core/layer.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** The fields of a line in order; the last ones came over the years. */
const FIELDS = `bucket_owner bucket time remote_ip requester request_id operation key request_uri http_status error_code
  bytes_sent object_size total_time turn_around_time referrer user_agent version_id host_id signature_version cipher_suite
  authentication_type host_header tls_version access_point_arn acl_required source_region`.split(/\s+/);

/** Names of that table that are others altogether. */
const ATHENA = new Map([
  ["time", "requestdatetime"],
  ["bucket", "bucket_name"],
]);

/** What records in JSON are known by: the table that the User Guide makes for Athena writes the names without underscores. */
const RECORD = ["bucket_owner", "bucketowner", "requester", "httpstatus"];

/** A canonical user id, a bucket and a time in brackets begin no other log's line. */
const LINE = /^[0-9a-f]{64} [a-z0-9.-]{3,255} \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d: +-]{14,20}\] /;

/** As in `REST.GET.OBJECT`, `BATCH.DELETE.OBJECT` and `S3.EXPIRE.OBJECT`. */
const OPERATION = /^[A-Z0-9]+\.[A-Z0-9_]+\.[A-Z0-9_]+$/;

/** How S3 names itself and other services of AWS as requesters. */
const SERVICE = /^(?:svc:|AmazonS3$)/;

const REGION =
  /(?:^|\.)s3(?:-website|-fips|\.dualstack|-accesspoint)?[.-]([a-z]{2}(?:-[a-z]+){1,2}-\d)\.amazonaws\.com/;

/**
 * Amazon S3 server access logs: the text line in `message`, and records in JSON by the documented names or by those of
 * the User Guide's table for Athena.
 *
 * Sets source, category, summary, utctimestamp, details.user (the name in the requester's ARN, or its canonical id; a
 * service and an anonymous requester are none), sourceipaddress, success (no error code), action (the operation),
 * useragent, hostname, account, region, and a line's fields under their documented names.
 *
 * @see Amazon S3 User Guide, "Amazon S3 server access log format" and "Using Amazon S3 server access logs to identify
 * requests"
 */
export default definePlugin({
  name: "s3access",
  registration: ["message", ...RECORD],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  shallow: true,
  adds: [...COMMON_NAMES, ...FIELDS],
  fields: [...COMMON_NAMES, "message"],
  parsedAt: RECORD,
  onMessage(event, metadata) {
    const { details } = event;
    const text = lineIn(details.message);
    const line = text ?? recordIn(details);
    if (!line) return event;
    if (text) addFields(details, text);
    takeOver(event, "s3access");
    event.category = "web";
    event.utctimestamp = toUTC(line.time, metadata.arrivalMs) ?? event.utctimestamp;
    const requester = textAt(line, "requester");
    const arn = arnIn(requester);
    setCommon(details, {
      user: arn ? principalOf(arn) : SERVICE.test(requester ?? "") ? undefined : requester,
      sourceipaddress: line.remote_ip,
      success: line.error_code === undefined && isSuccess(line.http_status) !== false,
      action: line.operation,
      useragent: line.user_agent,
      hostname: line.host_header,
      account: arn?.account,
      region: REGION.exec(textAt(line, "host_header")?.slice(0, 255) ?? "")?.[1],
    });
    event.summary = summaryOf(line, details);
    return event;
  },
  examples: [
    {
      in: `{"message":"${"0123456789abcdef".repeat(4)} example-bucket [15/Sep/2020:11:50:38 +0000] 192.0.2.3 arn:aws:iam::123456789012:user/mo 3E57427F3EXAMPLE REST.GET.OBJECT a/b.json \\"GET /example-bucket/a/b.json HTTP/1.1\\" 403 AccessDenied 243 - 11 - \\"-\\" \\"aws-cli/2.0\\" - hostid= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader example-bucket.s3.us-west-1.amazonaws.com TLSv1.2 - -"}`,
      out: {
        source: "s3access",
        utctimestamp: "2020-09-15T11:50:38+00:00",
        summary: "mo: REST.GET.OBJECT example-bucket/a/b.json from 192.0.2.3: 403 AccessDenied",
        user: "mo",
        success: false,
        region: "us-west-1",
      },
    },
  ],
});

/** The fields of a line; undefined when the text is none. */
function lineIn(line: unknown): JsonObject | undefined {
  if (typeof line !== "string" || line[64] !== " " || !LINE.test(line)) return undefined;
  const fields = namedFields(FIELDS, fieldsOf(line.trimEnd(), FIELDS.length) ?? []);
  return OPERATION.test(String(fields.operation)) ? fields : undefined;
}

/** The same fields of a record in JSON, whose names may have no underscores. */
function recordIn(details: JsonObject): JsonObject | undefined {
  if (!RECORD.some((name) => details[name] !== undefined)) return undefined;
  const said = FIELDS.flatMap((name) => {
    const value = details[name] ?? details[withoutUnderscores(name)] ?? details[ATHENA.get(name) ?? ""];
    return value === undefined || value === null || value === "-" || value === "" ? [] : [[name, value] as const];
  });
  const fields: JsonObject = Object.fromEntries(said);
  const isRecord = OPERATION.test(String(fields.operation)) && typeof fields.bucket === "string";
  return isRecord && fields.time !== undefined ? fields : undefined;
}

function withoutUnderscores(name: string): string {
  return name.replaceAll("_", "");
}

function summaryOf(line: JsonObject, { user, sourceipaddress }: JsonObject): string {
  const { requester, operation, bucket, key, http_status, error_code } = line;
  const object = key === undefined ? bucket : `${bucket}/${key}`;
  const origin = sourceipaddress === undefined ? "" : ` from ${sourceipaddress}`;
  const result = [http_status, error_code].filter((part) => part !== undefined).join(" ");
  return `${user ?? requester ?? "someone"}: ${operation} ${object}${origin}${result && `: ${result}`}`;
}
