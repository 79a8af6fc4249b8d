import type { JsonObject } from "../../core/json.ts";
import { publicAddress, type Random, userName } from "./random.ts";

export const REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-2"];

const AGENTS = [
  "aws-cli/2.15.30 Python/3.11.8 Linux/5.10.209 exe/x86_64.amzn.2",
  "Boto3/1.34.61 Python/3.12.2 Linux/6.1.79 Botocore/1.34.61",
  "APN/1.0 HashiCorp/1.0 Terraform/1.7.4 aws-sdk-go-v2/1.25.2",
  "console.amazonaws.com",
];

const SERVICES = [
  "autoscaling.amazonaws.com",
  "cloudformation.amazonaws.com",
  "config.amazonaws.com",
  "eks.amazonaws.com",
];

interface Call {
  readonly source: string;
  readonly name: string;
  readonly readOnly: boolean;
  parameters(random: Random): JsonObject;
}

const CALLS: readonly Call[] = [
  {
    source: "sts",
    name: "AssumeRole",
    readOnly: true,
    parameters: (random) => ({
      roleArn: `arn:aws:iam::${random.digits(12)}:role/service/${random.pick(["reader", "audit-trail", "deployer"])}`,
      roleSessionName: `session-${random.hex(24)}`,
      durationSeconds: 3600,
      externalId: random.uuid(),
    }),
  },
  {
    source: "ec2",
    name: "DescribeInstances",
    readOnly: true,
    parameters: (random) => ({
      filterSet: {
        items: Array.from({ length: random.int(1, 4) }, () => ({
          name: random.pick(["tag:Environment", "instance-state-name", "vpc-id"]),
          valueSet: { items: [{ value: random.pick(["production", "running", `vpc-${random.hex(17)}`]) }] },
        })),
      },
      maxResults: 1000,
    }),
  },
  {
    source: "s3",
    name: "GetBucketAcl",
    readOnly: true,
    parameters: (random) => ({
      bucketName: `invented-logs-${random.hex(8)}`,
      Host: `invented-logs.s3.${random.pick(REGIONS)}.amazonaws.com`,
      acl: "",
    }),
  },
  {
    source: "kms",
    name: "Decrypt",
    readOnly: true,
    parameters: (random) => ({
      encryptionContext: { "aws:lambda:FunctionArn": `arn:aws:lambda:us-east-1:${random.digits(12)}:function:resize` },
      encryptionAlgorithm: "SYMMETRIC_DEFAULT",
    }),
  },
  {
    source: "iam",
    name: "PutRolePolicy",
    readOnly: false,
    parameters: (random) => ({
      roleName: `role-${random.hex(8)}`,
      policyName: "inline",
      policyDocument: policyText(random, random.int(1, 5)),
    }),
  },
  {
    source: "logs",
    name: "CreateLogStream",
    readOnly: false,
    parameters: (random) => ({
      logGroupName: `/aws/lambda/${random.pick(["resize", "thumbnails", "billing-export"])}`,
      logStreamName: `2020/06/19/[$LATEST]${random.hex(32)}`,
    }),
  },
];

/** A policy as CloudTrail has it: JSON within a string, with line ends and quotes that must be escaped. */
function policyText(random: Random, statements: number): string {
  const Statement = Array.from({ length: statements }, () => ({
    Effect: "Allow",
    Action: ["s3:GetObject", `s3:${random.pick(["ListBucket", "PutObject"])}`],
    Resource: `arn:aws:s3:::invented-${random.hex(8)}/*`,
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement }, null, 2);
}

/** The fields that every CloudTrail event has, in AWS's order and spelling; about 38 keys with a call's parameters. */
function envelope(random: Random, time: string, call: Pick<Call, "source" | "name" | "readOnly">): JsonObject {
  const account = random.digits(12);
  const region = random.pick(REGIONS);
  const service = random.chance(0.25) ? random.pick(SERVICES) : undefined;
  return {
    eventVersion: "1.09",
    userIdentity: identity(random, account, time, service),
    eventTime: time,
    eventSource: `${call.source}.amazonaws.com`,
    eventName: call.name,
    awsRegion: region,
    sourceIPAddress: service ?? publicAddress(random),
    userAgent: service ?? random.pick(AGENTS),
    requestParameters: null,
    responseElements: null,
    requestID: random.uuid(),
    eventID: random.uuid(),
    readOnly: call.readOnly,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: account,
    ...(random.chance(0.3) ? { tlsDetails: tlsDetails(call.source, region) } : {}),
  };
}

function tlsDetails(source: string, region: string): JsonObject {
  return {
    tlsVersion: "TLSv1.3",
    cipherSuite: "TLS_AES_128_GCM_SHA256",
    clientProvidedHostHeader: `${source}.${region}.amazonaws.com`,
  };
}

function identity(random: Random, accountId: string, creationDate: string, invokedBy: string | undefined): JsonObject {
  const name = userName(random);
  const service = invokedBy === undefined ? {} : { invokedBy };
  if (random.chance(0.15)) {
    const arn = `arn:aws:iam::${accountId}:user/${name}`;
    return { type: "IAMUser", principalId: `AIDA${random.code(17)}`, arn, accountId, userName: name, ...service };
  }
  const role = random.pick(["engineer", "auditor", "pipeline"]);
  const principalId = `AROA${random.code(17)}`;
  return {
    type: "AssumedRole",
    principalId: `${principalId}:${name}`,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`,
    accountId,
    accessKeyId: `ASIA${random.code(16)}`,
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId,
        arn: `arn:aws:iam::${accountId}:role/${role}`,
        accountId,
        userName: role,
      },
      webIdFederationData: {},
      attributes: { creationDate, mfaAuthenticated: String(random.chance(0.5)) },
    },
    ...service,
  };
}

/** A usual management event. @param time ISO 8601 with seconds, UTC */
export function cloudTrail(random: Random, time: string): JsonObject {
  const call = random.pick(CALLS);
  return { ...envelope(random, time, call), requestParameters: call.parameters(random) };
}

/** RunInstances of one or two instances: about 170 keys, the largest events of the corpus. */
export function runInstances(random: Random, time: string): JsonObject {
  const image = `ami-${random.hex(17)}`;
  const call = { source: "ec2", name: "RunInstances", readOnly: false };
  return {
    ...envelope(random, time, call),
    requestParameters: {
      instancesSet: { items: [{ imageId: image, minCount: 1, maxCount: 2, keyName: "operations" }] },
      instanceType: "m6g.large",
      blockDeviceMapping: { items: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 40, volumeType: "gp3" } }] },
      monitoring: { enabled: false },
      disableApiTermination: false,
      clientToken: random.uuid(),
    },
    responseElements: {
      requestId: random.uuid(),
      reservationId: `r-${random.hex(17)}`,
      ownerId: random.digits(12),
      groupSet: {},
      instancesSet: { items: Array.from({ length: random.chance(0.3) ? 2 : 1 }, () => instance(random, image, time)) },
    },
  };
}

function instance(random: Random, imageId: string, time: string): JsonObject {
  const address = `10.0.${random.int(0, 255)}.${random.int(1, 254)}`;
  const privateDnsName = `ip-${address.replaceAll(".", "-")}.ec2.internal`;
  const groupSet = { items: [{ groupId: `sg-${random.hex(17)}`, groupName: "web" }] };
  const [subnetId, vpcId] = [`subnet-${random.hex(17)}`, `vpc-${random.hex(17)}`];
  return {
    instanceId: `i-${random.hex(17)}`,
    imageId,
    instanceState: { code: 0, name: "pending" },
    privateDnsName,
    keyName: "operations",
    amiLaunchIndex: 0,
    productCodes: {},
    instanceType: "m6g.large",
    launchTime: Date.parse(time),
    placement: { availabilityZone: "us-east-1a", tenancy: "default" },
    monitoring: { state: "pending" },
    subnetId,
    vpcId,
    privateIpAddress: address,
    stateReason: { code: "pending", message: "pending" },
    architecture: "arm64",
    rootDeviceType: "ebs",
    rootDeviceName: "/dev/xvda",
    blockDeviceMapping: {},
    virtualizationType: "hvm",
    hypervisor: "xen",
    tagSet: {
      items: Array.from({ length: random.int(1, 12) }, () => ({
        key: random.pick(["Team", "Environment", "CostCenter", "aws:autoscaling:groupName"]),
        value: `${userName(random)}-${random.hex(random.int(4, 40))}`,
      })),
    },
    groupSet,
    sourceDestCheck: true,
    networkInterfaceSet: { items: [networkInterface(random, { address, privateDnsName, subnetId, vpcId }, groupSet)] },
    ebsOptimized: false,
    cpuOptions: { coreCount: 2, threadsPerCore: 1 },
    capacityReservationSpecification: { capacityReservationPreference: "open" },
    enclaveOptions: { enabled: false },
    metadataOptions: { state: "pending", httpTokens: "required", httpPutResponseHopLimit: 2, httpEndpoint: "enabled" },
  };
}

type Place = Record<"address" | "privateDnsName" | "subnetId" | "vpcId", string>;

function networkInterface(random: Random, place: Place, groupSet: JsonObject): JsonObject {
  const { address, privateDnsName, subnetId, vpcId } = place;
  return {
    networkInterfaceId: `eni-${random.hex(17)}`,
    subnetId,
    vpcId,
    ownerId: random.digits(12),
    status: "in-use",
    macAddress: `0a:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}:${random.hex(2)}`,
    privateIpAddress: address,
    privateDnsName,
    sourceDestCheck: true,
    interfaceType: "interface",
    groupSet,
    attachment: { attachmentId: `eni-attach-${random.hex(17)}`, deviceIndex: 0, status: "attaching" },
    privateIpAddressesSet: { item: [{ privateIpAddress: address, privateDnsName, primary: true }] },
    ipv6AddressesSet: {},
    tagSet: {},
  };
}
