/** A few events of each kind that the lake knows, as their producers send them, with invented values. */

const HOUR_MS = 3_600_000;

/** A record to put: what it is, and its bytes. */
export interface Sample {
  readonly name: string;
  readonly payload: Buffer;
}

/**
 * The sample events: CloudTrail, CloudFront, VPC flow, syslog, Google Workspace, and one payload that is no event.
 * They happened in the last three hours, so that several hour partitions appear; one syslog line is from 2014 and late.
 *
 * @param now milliseconds since 1970
 */
export function samples(now: number): Sample[] {
  const at = (hoursAgo: number) => new Date(now - hoursAgo * HOUR_MS);
  const events: [string, unknown][] = [
    ...[0.2, 1.1, 2.3].map((ago, i): [string, unknown] => ["cloudtrail", consoleLogin(at(ago), i)]),
    ["cloudtrail", createLogStream(at(1.4))],
    ...[0.1, 0.6, 1.2, 2.1].map((ago, i): [string, unknown] => ["vpcflow", vpcFlow(at(ago), i)]),
    ...[0.3, 1.5].map((ago, i): [string, unknown] => ["cloudfront", cloudFront(at(ago), i)]),
    ["syslog", sudo(at(0.5))],
    ["syslog", { ...sudo(at(0)), utctimestamp: "2014-04-17T06:10:54+00:00" }],
    ["gsuite", workspaceLogin(at(0.4), "login_success")],
    ["gsuite", workspaceLogin(at(2.2), "login_failure")],
  ];
  return [
    ...events.map(([name, event]) => ({ name, payload: Buffer.from(JSON.stringify(event)) })),
    { name: "malformed", payload: Buffer.from('{"eventName":"ConsoleLogin","eventTime":') },
  ];
}

function consoleLogin(time: Date, i: number) {
  const user = ["alice", "bob", "carol"][i] ?? "dave";
  return {
    eventVersion: "1.08",
    userIdentity: {
      type: "IAMUser",
      principalId: `AIDAEXAMPLE${i}`,
      arn: `arn:aws:iam::111122223333:user/${user}`,
      accountId: "111122223333",
      userName: user,
    },
    eventTime: time.toISOString().replace(/\.\d+/, ""),
    eventSource: "signin.amazonaws.com",
    eventName: "ConsoleLogin",
    awsRegion: "us-east-1",
    sourceIPAddress: `203.0.113.${7 + i}`,
    userAgent: "Mozilla/5.0 (X11; Linux x86_64)",
    requestParameters: null,
    responseElements: { ConsoleLogin: i === 2 ? "Failure" : "Success" },
    additionalEventData: { LoginTo: "https://console.aws.amazon.com/console/home", MobileVersion: "No", MFAUsed: "No" },
    eventID: `0f1e2d3c-0000-4000-8000-00000000000${i}`,
    eventType: "AwsConsoleSignIn",
    recipientAccountId: "111122223333",
  };
}

function createLogStream(time: Date) {
  return {
    eventVersion: "1.08",
    userIdentity: { type: "AWSService", invokedBy: "lambda.amazonaws.com" },
    eventTime: time.toISOString().replace(/\.\d+/, ""),
    eventSource: "logs.amazonaws.com",
    eventName: "CreateLogStream",
    awsRegion: "us-east-1",
    sourceIPAddress: "lambda.amazonaws.com",
    userAgent: "lambda.amazonaws.com",
    requestParameters: { logGroupName: "/aws/lambda/example", logStreamName: "2026/11/24/[$LATEST]0001" },
    eventID: "0f1e2d3c-0000-4000-8000-000000000009",
    eventType: "AwsApiCall",
    recipientAccountId: "111122223333",
  };
}

function vpcFlow(time: Date, i: number) {
  const start = Math.floor(time.getTime() / 1000);
  return {
    version: 2,
    account_id: "111122223333",
    interface_id: "eni-0123456789abcdef0",
    srcaddr: `198.51.100.${20 + i}`,
    dstaddr: "10.0.1.25",
    srcport: 40_000 + i,
    dstport: i === 3 ? 22 : 443,
    protocol: 6,
    packets: 12,
    bytes: 5310,
    start,
    end: start + 59,
    action: i === 3 ? "REJECT" : "ACCEPT",
    log_status: "OK",
  };
}

function cloudFront(time: Date, i: number) {
  const [date, clock] = time.toISOString().split("T");
  return {
    date,
    time: clock?.slice(0, 8),
    "x-edge-location": "FRA56-P1",
    "sc-bytes": 1045,
    "c-ip": `192.0.2.${100 + i}`,
    "cs-method": "GET",
    "cs(Host)": "d111111abcdef8.cloudfront.net",
    "cs-uri-stem": i === 0 ? "/wp-login.php" : "/index.html",
    "sc-status": i === 0 ? 404 : 200,
    "cs(User-Agent)": "curl/8.5.0",
    "time-taken": 0.002,
    "x-forwarded-for": "-",
  };
}

function sudo(time: Date) {
  return {
    category: "monitoring",
    severity: "INFO",
    utctimestamp: time.toISOString(),
    summary: "deploy : TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/usr/local/bin/check_disk",
    source: "syslog",
    tags: ["sample"],
    details: { processid: "123", program: "sudo", hostname: "host.example.com" },
  };
}

function workspaceLogin(time: Date, name: string) {
  return {
    kind: "admin#reports#activity",
    id: {
      time: time.toISOString(),
      uniqueQualifier: "358068855354",
      applicationName: "login",
      customerId: "C03az79cb",
    },
    etag: '"example-etag"',
    actor: { email: "someone@somewhere.com", profileId: "111111111111111111111" },
    ipAddress: "203.0.113.7",
    events: [{ type: "login", name, parameters: [{ name: "is_suspicious", boolValue: name === "login_failure" }] }],
  };
}
