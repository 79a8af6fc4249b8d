import type { JsonObject } from "../../core/json.ts";
import { privateAddress, publicAddress, type Random, userName } from "./random.ts";

/** VPC flow log (version 5 fields) as JSON: keys with dashes, epoch seconds, all numbers whole. */
export function vpcFlow(random: Random, time: string): JsonObject {
  const start = Date.parse(time) / 1000;
  return {
    version: 5,
    "account-id": random.digits(12),
    "interface-id": `eni-${random.hex(17)}`,
    srcaddr: publicAddress(random),
    dstaddr: privateAddress(random),
    srcport: random.int(1024, 65535),
    dstport: random.pick([22, 53, 80, 443, 3306, 5432]),
    protocol: random.pick([6, 17]),
    packets: random.int(1, 5000),
    bytes: random.int(40, 5_000_000),
    start,
    end: start + random.int(1, 60),
    action: random.pick(["ACCEPT", "REJECT"]),
    "log-status": "OK",
    "vpc-id": `vpc-${random.hex(17)}`,
    "subnet-id": `subnet-${random.hex(17)}`,
    "tcp-flags": random.pick([2, 3, 18, 19]),
    type: "IPv4",
    "flow-direction": random.pick(["ingress", "egress"]),
  };
}

const BROWSERS = [
  "Mozilla/5.0%20(X11;%20Linux%20x86_64;%20rv:123.0)%20Gecko/20100101%20Firefox/123.0",
  "Mozilla/5.0%20(Macintosh;%20Intel%20Mac%20OS%20X%2010_15_7)%20AppleWebKit/605.1.15%20(KHTML,%20like%20Gecko)",
  "curl/8.5.0",
];

/** CloudFront standard log as JSON: 33 fields with dashes and parentheses, date and time apart, fractions of a second. */
export function cloudFront(random: Random, time: string): JsonObject {
  const [date = "", clock = ""] = time.slice(0, 19).split("T");
  const host = `d${random.hex(13)}.cloudfront.net`;
  const result = random.pick(["Hit", "Miss", "RefreshHit", "Error"]);
  const milliseconds = random.int(1, 999);
  return {
    date,
    time: clock,
    "x-edge-location": `${random.pick(["FRA", "IAD", "SYD", "NRT"])}${random.int(1, 60)}-C${random.int(1, 3)}`,
    "sc-bytes": random.int(200, 900_000),
    "c-ip": publicAddress(random),
    "cs-method": random.pick(["GET", "GET", "HEAD", "POST"]),
    "cs(Host)": host,
    "cs-uri-stem": `/assets/${random.pick(["app", "vendor", "caf%C3%A9"])}.${random.hex(8)}.js`,
    "sc-status": random.pick([200, 200, 206, 304, 403, 404]),
    "cs(Referer)": "https://www.example.com/index.html",
    "cs(User-Agent)": random.pick(BROWSERS),
    "cs-uri-query": random.chance(0.5) ? "-" : `v=${random.hex(12)}&lang=en`,
    "cs(Cookie)": "-",
    "x-edge-result-type": result,
    "x-edge-request-id": `${random.code(54)}==`,
    "x-host-header": "static.example.com",
    "cs-protocol": "https",
    "cs-bytes": random.int(30, 900),
    "time-taken": milliseconds / 1000,
    "x-forwarded-for": "-",
    "ssl-protocol": "TLSv1.3",
    "ssl-cipher": "TLS_AES_128_GCM_SHA256",
    "x-edge-response-result-type": result,
    "cs-protocol-version": "HTTP/2.0",
    "fle-status": "-",
    "fle-encrypted-fields": "-",
    "c-port": random.int(1024, 65535),
    "time-to-first-byte": milliseconds / 1000,
    "x-edge-detailed-result-type": result,
    "sc-content-type": "application/javascript",
    "sc-content-len": random.int(0, 900_000),
    "sc-range-start": "-",
    "sc-range-end": "-",
  };
}

/** A syslog line that a forwarder has put into the lake's own shell: lower-case keys, `details` an object. */
export function syslog(random: Random, time: string): JsonObject {
  const user = userName(random);
  const address = publicAddress(random);
  const host = `web-${random.int(1, 40)}.example.com`;
  return {
    utctimestamp: time.replace("Z", "+00:00"),
    severity: random.pick(["INFO", "NOTICE", "WARNING"]),
    summary: `Failed publickey for ${user} from ${address} port ${random.int(1024, 65535)} ssh2`,
    category: "syslog",
    source: "sshd",
    tags: ["syslog", "linux"],
    details: {
      hostname: host,
      program: "sshd",
      processid: random.digits(5),
      facility: "authpriv",
      payload: `Failed publickey for ${user} from ${address}: RSA SHA256:${random.hex(43)}`,
      username: user,
      sourceipaddress: address,
      received: { by: "collector-1.example.com", protocol: "tcp", port: 6514 },
    },
  };
}

/** A login of Google Workspace, as the Reports API lists it. */
export function gsuiteLogin(random: Random, time: string): JsonObject {
  const suspicious = random.chance(0.1);
  return {
    kind: "admin#reports#activity",
    id: {
      time: time.replace("Z", `.${random.digits(3)}Z`),
      uniqueQualifier: `-${random.int(1, 9)}${random.digits(17)}`,
      applicationName: "login",
      customerId: `C${random.code(8)}`,
    },
    etag: `"${random.code(27)}/${random.code(27)}"`,
    actor: { email: `${userName(random)}@example.com`, profileId: random.digits(21) },
    ipAddress: publicAddress(random),
    events: [
      {
        type: "login",
        name: random.pick(["login_success", "login_success", "login_failure", "logout"]),
        parameters: [
          { name: "login_type", value: random.pick(["google_password", "saml", "reauth"]) },
          { name: "login_challenge_method", multiValue: ["password", "security_key"] },
          { name: "is_suspicious", boolValue: suspicious },
          { name: "login_challenge_status", value: "Challenge Passed." },
        ],
      },
    ],
  };
}
