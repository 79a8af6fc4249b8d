import { createWriteStream, mkdirSync, rmSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "./athena/lake.ts";
import { openAthena } from "./athena/service.ts";
import type { GlueTable } from "./athena/table.ts";
import type { NamedQuery, WorkGroup } from "./athena/workgroups.ts";
import { type Endpoint, startEndpoint } from "./endpoint.ts";
import { type DeliveryStreamConfig, type Firehose, openFirehose } from "./firehose/firehose.ts";
import { type KinesisService, openKinesis } from "./kinesis/service.ts";
import { createFunction, type LocalFunction } from "./lambda/function.ts";
import { type Mapping, startMapping } from "./lambda/mapping.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { openS3, type S3 } from "./s3/s3.ts";
import type { JsonObject } from "./service.ts";
import { synthesize } from "./synth.ts";
import { type LocalTemplate, readTemplate, type TemplateResource } from "./template.ts";

/** What AWS would call this machine. */
export const PLACE = { region: "us-east-1", account: "000000000000" };

/** An on-demand stream starts with four shards in AWS; two are enough for a laptop and half the threads. */
const SHARDS = 2;

export interface LakeOptions {
  /** Folder that holds all state; created when missing. One lake at a time. */
  readonly dir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Seconds after which Firehose writes, instead of the template's. */
  readonly bufferSeconds?: number;
}

export interface Lake {
  readonly url: string;
  readonly template: LocalTemplate;
  readonly kinesis: KinesisService;
  readonly firehose: Firehose;
  readonly mappings: readonly Mapping[];
  /** What the functions counted since the start. */
  readonly ledger: Readonly<Ledger>;
  /** Stops in order; what is buffered stays in the folder and is delivered after the next start. */
  close(): Promise<void>;
}

/**
 * Starts the lake on this machine from the synthesized template: its stream, function, mapping, delivery stream, buckets
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

type Cleanups = (() => unknown)[];
type Log = (line: string) => void;

/** @param cleanups gets a way to close each part as it is opened */
async function start(options: LakeOptions, cleanups: Cleanups): Promise<Omit<Lake, "close">> {
  const { dir, port } = options;
  process.env.TZ = "UTC"; // as in Lambda; the functions' threads share it
  mkdirSync(join(dir, "logs"), { recursive: true });
  const log = openLog(join(dir, "logs", "lake.log"), cleanups);
  const assembly = join(dir, "cdk.out");
  rmSync(assembly, { recursive: true, force: true });
  await synthesize(assembly);
  const template = readTemplate(assembly, PLACE);

  const kinesis = openStreams(template, join(dir, "kinesis.sqlite"));
  cleanups.push(() => kinesis.close());
  const s3 = await openS3(join(dir, "s3"));
  cleanups.push(() => s3.close());
  for (const bucket of template.resources("AWS::S3::Bucket")) s3.ensureBucket(bucket.name);
  const firehose = await openDelivery(template, s3, options, log);
  cleanups.push(() => firehose.close());
  const athena = await openQueries(template, dir, s3);
  cleanups.push(athena.close);
  const endpoint = await startEndpoint({ port, services: [kinesis, firehose, athena.service], s3: s3.handler });
  cleanups.push(() => endpoint.close());

  const { counts, take } = createLedger();
  const functions = openFunctions(template, { dir, endpoint, take, cleanups });
  const ofStreams = template
    .resources("AWS::Lambda::EventSourceMapping")
    .filter(({ properties }) => String(properties.EventSourceArn).includes(":kinesis:"));
  const mappings = await Promise.all(
    ofStreams.map((resource) =>
      startMapping({
        uuid: resource.name,
        properties: resource.properties,
        kinesis,
        invoke: (event) => functionOf(functions, resource).invoke(event),
        putObject: s3.put,
        checkpointFile: join(dir, "checkpoints.sqlite"),
        functionArn: functionOf(functions, resource).arn,
        ...PLACE,
        log,
      }),
    ),
  );
  cleanups.push(() => Promise.all(mappings.map((mapping) => mapping.stop())));
  return { url: endpoint.url, template, kinesis, firehose, mappings, ledger: counts };
}

function openStreams(template: LocalTemplate, file: string): KinesisService {
  const kinesis = openKinesis(file, PLACE);
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
  const { dir, bufferSeconds } = options;
  const streams = declared<DeliveryStreamConfig>(
    template,
    "AWS::KinesisFirehose::DeliveryStream",
    "DeliveryStreamName",
  );
  return openFirehose({
    dir: join(dir, "firehose"),
    s3Put: s3.put,
    streams,
    log: (line) => log(`firehose: ${line}`),
    ...(bufferSeconds !== undefined && { bufferSeconds }),
  });
}

async function openQueries(template: LocalTemplate, dir: string, s3: S3) {
  const database = await openDatabase({
    tables: declared<GlueTable>(template, "AWS::Glue::Table"),
    s3Root: join(dir, "s3"),
    scratch: join(dir, "duckdb"),
  });
  const service = openAthena({
    database,
    workgroups: declared<WorkGroup>(template, "AWS::Athena::WorkGroup"),
    namedQueries: declared<NamedQuery>(template, "AWS::Athena::NamedQuery"),
    s3Put: s3.put,
    dir: join(dir, "athena"),
  });
  const close = async () => {
    await service.close();
    database.close();
  };
  return { service, close };
}

/**
 * The properties of a type's resources. Their shape is CloudFormation's schema for the type, which `npm test` checks the
 * template against; each reader checks the values it depends on.
 *
 * @param nameProperty gets the physical name, which a template may leave to CloudFormation
 */
function declared<T>(template: LocalTemplate, type: string, nameProperty?: string): T[] {
  return template.resources(type).map(({ name, properties }) => {
    const named = nameProperty === undefined ? properties : { ...properties, [nameProperty]: name };
    return named as unknown as T;
  });
}

interface FunctionSurroundings {
  readonly dir: string;
  readonly endpoint: Endpoint;
  readonly take: (line: string) => void;
  readonly cleanups: Cleanups;
}

function openFunctions(template: LocalTemplate, { dir, endpoint, take, cleanups }: FunctionSurroundings) {
  const functions = new Map<string, LocalFunction>();
  for (const resource of template.resources("AWS::Lambda::Function")) {
    const { name, properties } = resource;
    const log = openLog(join(dir, "logs", `${name}.log`), cleanups);
    const opened = createFunction({
      name,
      directory: template.bundle(resource),
      handler: String(properties.Handler),
      environment: variablesOf(properties),
      timeoutSeconds: Number(properties.Timeout ?? 3),
      memoryMB: Number(properties.MemorySize ?? 128),
      ...PLACE,
      endpointUrl: endpoint.url,
      log(line) {
        log(line);
        take(line);
      },
    });
    functions.set(name, opened);
    cleanups.push(() => opened.close());
  }
  return functions;
}

function openLog(file: string, cleanups: Cleanups): Log {
  const stream: WriteStream = createWriteStream(file, { flags: "a" });
  cleanups.push(() => stream.end());
  return (line) => void stream.write(`${line}\n`);
}

function functionOf(functions: ReadonlyMap<string, LocalFunction>, mapping: TemplateResource): LocalFunction {
  const name = String(mapping.properties.FunctionName).split(":").at(-1) ?? "";
  const found = functions.get(name);
  if (!found) throw new Error(`${mapping.logicalId} invokes ${name}, which is no function of the template`);
  return found;
}

function variablesOf({ Environment }: JsonObject): Record<string, string> {
  const variables =
    Environment && typeof Environment === "object" && "Variables" in Environment ? Environment.Variables : {};
  return Object.fromEntries(Object.entries(variables ?? {}).map(([key, value]) => [key, String(value)]));
}

/** Closes in the reverse order of opening; a part that fails to close does not keep the others open. */
async function closeAll(cleanups: Cleanups): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup();
    } catch {
      // Its state is on disk either way: the next start reads it.
    }
  }
}
