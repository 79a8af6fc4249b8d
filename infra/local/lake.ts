import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Cleanups, closeAll, type Log, openLog } from "./cleanup.ts";
import type { ConsoleOptions } from "./console/console.ts";
import { startCounters } from "./console/counters.ts";
import { startEndpoint } from "./endpoint.ts";
import { type DeliveryStreamConfig, type Firehose, openFirehose } from "./firehose/firehose.ts";
import { serveFunctionUrl } from "./function-url.ts";
import { type Functions, openFunctions } from "./functions.ts";
import { type KinesisService, openKinesis } from "./kinesis/service.ts";
import { type Mapping, startMapping } from "./lambda/mapping.ts";
import { type QueueMapping, startQueueMapping } from "./lambda/queue-mapping.ts";
import { openLambdaApi } from "./lambda-api.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { wireNotifications } from "./notifications.ts";
import { openQueries } from "./queries.ts";
import { openS3, type S3 } from "./s3/s3.ts";
import { openSecrets } from "./secrets.ts";
import { answerQueries } from "./sqs/query.ts";
import { openSqs, type SqsService } from "./sqs/service.ts";
import { localQueueUrls } from "./sqs/url.ts";
import { synthesize } from "./synth.ts";
import { declared, type LocalTemplate, readTemplate } from "./template.ts";

/** What AWS would call this machine. */
export const PLACE = { region: "us-east-1", account: "000000000000" };

/** An on-demand stream starts with four shards in AWS; two are enough for a laptop and half the threads. */
const SHARDS = 2;

/** Where agents look for Elasticsearch. */
const ELASTICSEARCH_PORT = 9200;

export interface LakeOptions {
  /** Folder that holds all state; created when missing. One lake at a time. */
  readonly dir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Port of the Elasticsearch endpoint; 9200 unless said, or any free one when that is taken. */
  readonly bulkPort?: number;
  /** Seconds after which Firehose writes, instead of the template's. */
  readonly bufferSeconds?: number;
  /** A synthesized template (`cdk.out`) to run; unless said, it is synthesized now. */
  readonly assembly?: string;
  /** Settings of the template that is synthesized, as context keys `lake:<setting>` (infra/settings.ts). */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** AWS endpoint that the functions call, such as a proxy; this lake's own unless said. */
  readonly functionEndpoint?: string;
  /** Serves the console, on this port or any free one for 0; on 4580 or the next free one when no port is named. */
  readonly console?: { readonly port?: number };
  /** The clock of streams, their delivery and Firehose, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface Lake {
  readonly url: string;
  /** The console's URL, with its token; absent unless it was asked for. */
  readonly consoleUrl?: string;
  readonly template: LocalTemplate;
  /** The template's outputs, with the URLs that only this machine knows. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly mappings: readonly Mapping[];
  readonly queueMappings: readonly QueueMapping[];
  /** What the functions counted since the start. */
  readonly ledger: Readonly<Ledger>;
  /** Writes what Firehose has buffered. @throws {Error} when S3 does not take an object; it is kept */
  flush(): Promise<void>;
  /** Stops in order; what is buffered stays in the folder and is delivered after the next start. */
  close(): Promise<void>;
}

/**
 * Starts the lake on this machine from the synthesized template: its stream, functions, mappings, delivery stream, buckets
 * and tables, behind one AWS endpoint on the loopback address.
 *
 * @throws {Error} when the template cannot be made or run, a port is taken, or another lake has the folder
 */
export async function startLake(options: LakeOptions): Promise<Lake> {
  const { dir } = options;
  const cleanups: Cleanups = [];
  try {
    const lake = await start(options, cleanups);
    return { ...lake, close: () => closeAll(cleanups) };
  } catch (error) {
    await closeAll(cleanups);
    throw new Error(`lake: cannot start in ${dir}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

/** @param cleanups gets a way to close each part as it is opened */
async function start(options: LakeOptions, cleanups: Cleanups): Promise<Omit<Lake, "close">> {
  const { dir, port, now = Date.now } = options;
  process.env.TZ = "UTC"; // as in Lambda; the functions' threads share it
  const logs = join(dir, "logs");
  mkdirSync(logs, { recursive: true });
  const log = openLog(join(logs, "lake.log"), cleanups);
  const template = readTemplate(options.assembly ?? (await synthesizeIn(dir, options.settings)), PLACE);

  const kinesis = openStreams(template, join(dir, "kinesis.sqlite"), now);
  cleanups.push(() => kinesis.close());
  const s3 = await openS3(join(dir, "s3"));
  cleanups.push(() => s3.close());
  for (const bucket of template.resources("AWS::S3::Bucket")) s3.ensureBucket(bucket.name);
  const { StreamName, LakeBucket } = template.outputs;
  const counters = startCounters({ kinesis, s3, stream: String(StreamName), bucket: String(LakeBucket) });
  const sqs = openSqs(join(dir, "sqs.sqlite"), { ...PLACE, endpointUrl: () => endpoint.url });
  cleanups.push(() => sqs.close());
  for (const queue of template.resources("AWS::SQS::Queue")) sqs.ensureQueue(queue.name, queue.properties);
  const notified = { template, s3, sendMessage: sqs.send, file: join(dir, "notifications.json") };
  await wireNotifications({ ...notified, region: PLACE.region });
  const firehose = await openDelivery(template, s3, options, log);
  cleanups.push(() => firehose.close());
  const queries = await openQueries(template, dir, s3);
  cleanups.push(queries.close);
  const secrets = openSecrets({
    secrets: template.resources("AWS::SecretsManager::Secret"),
    file: join(dir, "secrets.json"),
  });
  const services = [kinesis, firehose, ...queries.services, secrets, sqs];
  const lambda = openLambdaApi({
    ...PLACE,
    mappings: template.resources("AWS::Lambda::EventSourceMapping"),
    functions: template.resources("AWS::Lambda::Function"),
  });
  const endpoint = await startEndpoint({ port, services, s3: lambda.answer(answerQueries(sqs, s3.handler)) });
  cleanups.push(() => endpoint.close());

  const ledger = createLedger();
  const endpointUrl = options.functionEndpoint ?? endpoint.url;
  const functions = lambda.watch(openFunctions(template, { logs, endpointUrl, take: ledger.take, cleanups, ...PLACE }));
  const mappings = await startStreamMappings(template, { dir, kinesis, s3, functions, now, log });
  cleanups.push(() => Promise.all(mappings.map((mapping) => mapping.stop())));
  const queueMappings = startQueueMappings(template, { sqs, functions, log });
  cleanups.push(() => Promise.all(queueMappings.map((mapping) => mapping.stop())));
  const bulkUrl = await serveBulk(template, functions, options.bulkPort, cleanups);
  const named = Object.entries(template.outputs).map(([name, value]) => [name, String(value)]);
  const outputs = { ...localQueueUrls(Object.fromEntries(named), PLACE.region, endpoint.url), ...bulkUrl };
  const flow = { stream: String(StreamName), kinesis, firehose, mappings, ledger, counters };
  const consumerFolder = bundleOfConsumer(template);
  const console = { ...options.console, ...PLACE, endpoint: endpoint.url, outputs, consumerFolder, flow, log };
  const consoleUrl = options.console && (await serveConsole(console, cleanups));
  return {
    url: endpoint.url,
    ...(consoleUrl !== undefined && { consoleUrl }),
    template,
    outputs,
    mappings,
    queueMappings,
    ledger: ledger.counts,
    flush: firehose.flush,
  };
}

async function synthesizeIn(dir: string, settings: LakeOptions["settings"]): Promise<string> {
  const assembly = join(dir, "cdk.out");
  rmSync(assembly, { recursive: true, force: true });
  await synthesize(assembly, settings);
  return assembly;
}

function openStreams(template: LocalTemplate, file: string, now: () => number): KinesisService {
  const kinesis = openKinesis(file, { ...PLACE, now });
  for (const { name, properties } of template.resources("AWS::Kinesis::Stream")) {
    kinesis.ensureStream({
      name,
      mode: "ON_DEMAND",
      shards: SHARDS,
      retentionHours: Number(properties.RetentionPeriodHours ?? 24),
      encrypted: properties.StreamEncryption !== undefined,
    });
  }
  return kinesis;
}

function openDelivery(template: LocalTemplate, s3: S3, options: LakeOptions, log: Log): Promise<Firehose> {
  const { dir, bufferSeconds, now = Date.now } = options;
  const streams = declared<DeliveryStreamConfig>(
    template,
    "AWS::KinesisFirehose::DeliveryStream",
    "DeliveryStreamName",
  );
  return openFirehose({
    dir: join(dir, "firehose"),
    s3Put: s3.put,
    streams,
    now: () => new Date(now()),
    log: (line) => log(`firehose: ${line}`),
    ...(bufferSeconds !== undefined && { bufferSeconds }),
  });
}

interface MappingParts {
  readonly dir: string;
  readonly kinesis: KinesisService;
  readonly s3: S3;
  readonly functions: Functions;
  readonly now: () => number;
  readonly log: Log;
}

function startStreamMappings(template: LocalTemplate, parts: MappingParts): Promise<Mapping[]> {
  const { dir, kinesis, s3, functions, now, log } = parts;
  const mappings = template
    .resources("AWS::Lambda::EventSourceMapping")
    .filter(({ properties }) => String(properties.EventSourceArn).includes(":kinesis:"));
  const started = mappings.map((resource) =>
    startMapping({
      uuid: resource.name,
      properties: resource.properties,
      kinesis,
      invoke: (event) => functions(resource).invoke(event),
      putObject: s3.put,
      checkpointFile: join(dir, "checkpoints.sqlite"),
      functionArn: functions(resource).arn,
      ...PLACE,
      now,
      log,
    }),
  );
  return Promise.all(started);
}

interface QueueMappingParts {
  readonly sqs: SqsService;
  readonly functions: Functions;
  readonly log: Log;
}

function startQueueMappings(template: LocalTemplate, { sqs, functions, log }: QueueMappingParts): QueueMapping[] {
  const mappings = template
    .resources("AWS::Lambda::EventSourceMapping")
    .filter(({ properties }) => String(properties.EventSourceArn).includes(":sqs:"));
  return mappings.map((resource) =>
    startQueueMapping({
      properties: resource.properties,
      sqs,
      invoke: (event) => functions(resource).invoke(event),
      ...PLACE,
      log,
    }),
  );
}

/** Serves the function URL of the template on a port of its own, as AWS gives it a host of its own. */
async function serveBulk(template: LocalTemplate, functions: Functions, port: number | undefined, cleanups: Cleanups) {
  const [resource] = template.resources("AWS::Lambda::Url");
  if (!resource) return {};
  const target = functions(resource, "TargetFunctionArn");
  const serve = (at: number) => serveFunctionUrl({ port: at, invoke: (event) => target.invoke(event) });
  const served = port === undefined ? await serve(ELASTICSEARCH_PORT).catch(() => serve(0)) : await serve(port);
  cleanups.push(() => served.close());
  return { BulkUrl: served.url };
}

/** The function that reads the stream. */
function bundleOfConsumer(template: LocalTemplate): string {
  const mapping = template
    .resources("AWS::Lambda::EventSourceMapping")
    .find(({ properties }) => String(properties.EventSourceArn).includes(":kinesis:"));
  const name = String(mapping?.properties.FunctionName).split(":").at(-1);
  const consumer = template.resources("AWS::Lambda::Function").find((one) => one.name === name);
  if (!consumer) throw new Error("no function of the template reads the stream");
  return template.bundle(consumer);
}

/** Loads the console only where it is asked for: a lake without it starts sooner. */
async function serveConsole(options: ConsoleOptions, cleanups: Cleanups): Promise<string> {
  const { startConsole } = await import("./console/console.ts");
  const served = await startConsole(options);
  cleanups.push(() => served.close());
  return served.url;
}
