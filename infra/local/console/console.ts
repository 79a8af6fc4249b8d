import { randomBytes } from "node:crypto";
import { clientEnvironment, openClients } from "./clients.ts";
import { dropRoutes } from "./drop.ts";
import { eventsHandler } from "./events.ts";
import { startFlow } from "./flow.ts";
import { hoursHandler } from "./hours.ts";
import { normalizeHandler } from "./normalize.ts";
import { openPage } from "./page.ts";
import { putHandler } from "./put.ts";
import { quarantineRoutes } from "./quarantine.ts";
import { queryRoutes } from "./queries.ts";
import { redriveHandler } from "./redrive.ts";
import type { FlowParts } from "./sample.ts";
import { readSchema } from "./schema.ts";
import { serveConsole } from "./server.ts";

export interface ConsoleOptions {
  /** 0 takes any free port; 4580 or the next free one unless said. */
  readonly port?: number;
  /** The lake's AWS endpoint. */
  readonly endpoint: string;
  readonly region: string;
  /** The template's outputs: `StreamName`, `LakeBucket`... */
  readonly outputs: Readonly<Record<string, string>>;
  /** The folder of the consumer's bundle. */
  readonly consumerFolder: string;
  readonly flow: FlowParts;
  readonly log: (line: string) => void;
}

export interface Console {
  /** With the token in the fragment, which a browser sends to nobody. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the lake's console on 127.0.0.1: the page, and the calls that contract.ts lists.
 *
 * The token is new with each start. The page is bundled meanwhile; who opens it early waits a moment.
 *
 * @throws {Error} when the port is taken
 */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { port, endpoint, region, outputs, log } = options;
  const token = randomBytes(24).toString("base64url");
  const clients = openClients(endpoint, region);
  const page = openPage();
  const flow = startFlow(options.flow, log);
  const routes = {
    "GET /api/flow": flow.handler,
    "GET /api/schema": () => readSchema(clients),
    ...queryRoutes(clients),
    "GET /api/hours": hoursHandler(clients.athena),
    "GET /api/events": eventsHandler(clients.athena),
    "POST /api/normalize": normalizeHandler({
      settings: outputs.ConsumerSettings ?? "{}",
      folder: options.consumerFolder,
      env: clientEnvironment(endpoint, region),
    }),
    ...quarantineRoutes(clients),
    "POST /api/redrive": redriveHandler(clients, outputs),
    "POST /api/put": putHandler(clients.kinesis, outputs.StreamName ?? ""),
    ...dropRoutes(clients, outputs.DropBucket ?? "", options.flow.ledger),
  };
  const closeParts = async () => {
    flow.close();
    clients.close();
    await page.close();
  };
  try {
    const server = await serveConsole({ port, token, page, routes, log });
    const url = `http://127.0.0.1:${server.port}/#token=${token}`;
    return { url, close: () => server.close().then(closeParts) };
  } catch (error) {
    await closeParts();
    throw error;
  }
}
