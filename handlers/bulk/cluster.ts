import { type Answer, json, text } from "./answer.ts";
import type { BulkRequest } from "./request.ts";

/**
 * The version that clients hear: the last 8.x minor. Fluent Bit, Vector and Elastic's clients take any 8; Logstash loads the
 * index template that it has for the major version, and none for a newer one than itself.
 */
const VERSION = "8.19.0";

const NAME = "defenda-data-lake";

/** Beats end with "Elasticsearch is too old" unless the server is as new as they are: they hear their own version. */
const BEAT = /beat[^/\s]*\/(\d+\.\d+\.\d+)/i;

/** What agents set up at their start, and a lake has no use for: templates, lifecycles, pipelines, data streams, aliases. */
const SETUP = new Set([
  "_template",
  "_index_template",
  "_component_template",
  "_ilm",
  "_ingest",
  "_data_stream",
  "_alias",
  "_aliases",
]);

/**
 * Answers what agents ask before they send documents, so that they go on; undefined for anything else.
 *
 * Whatever they ask for is said to be there, and whatever they put is acknowledged and forgotten: Beats and Logstash
 * look for their template, policy, pipeline or data stream (HEAD or GET, any 200 will do) and put it when it is not there.
 */
export function answerCluster({ method, path, headers }: BulkRequest): Answer | undefined {
  const [first = "", second] = path;
  const asks = method === "GET" || method === "HEAD";
  if (SETUP.has(first)) return json(200, asks ? {} : { acknowledged: true });
  if (!asks) return path.length === 1 && method === "PUT" && !first.startsWith("_") ? created(first) : undefined;
  const inquiry = INQUIRIES.get(first === "_cluster" || first === "_cat" ? `${first}/${second}` : first);
  if (inquiry) return inquiry(headers["user-agent"] ?? "");
  const isIndex = path.length === 1 && !first.startsWith("_");
  return isIndex ? json(200, { [first]: { aliases: {}, mappings: {}, settings: {} } }) : undefined;
}

const INQUIRIES = new Map<string, (userAgent: string) => Answer>([
  ["", (userAgent) => json(200, information(BEAT.exec(userAgent)?.[1] ?? VERSION))],
  // Logstash and Beats want `license.status` to be active; Beats read the type, too.
  ["_license", () => json(200, { license: LICENSE })],
  ["_xpack", () => json(200, { license: LICENSE, features: { ilm: { available: true, enabled: true } } })],
  // Vector's health check.
  ["_cluster/health", () => json(200, HEALTH)],
  // rsyslog's health check.
  ["_cat/health", () => text(`${NAME} green\n`)],
  // Logstash's sniffing: it keeps the hosts of its configuration when there are none here.
  ["_nodes", () => json(200, { cluster_name: NAME, nodes: {} })],
]);

const LICENSE = { uid: "00000000-0000-0000-0000-000000000000", type: "basic", mode: "basic", status: "active" };

const HEALTH = {
  cluster_name: NAME,
  status: "green",
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 1,
  active_shards: 1,
  unassigned_shards: 0,
};

function information(number: string) {
  const version = {
    number,
    build_flavor: "default",
    lucene_version: "9.12.0",
    minimum_wire_compatibility_version: "7.17.0",
    minimum_index_compatibility_version: "7.0.0",
  };
  return { name: NAME, cluster_name: NAME, cluster_uuid: NAME, version, tagline: "You Know, for Search" };
}

function created(index: string): Answer {
  return json(200, { acknowledged: true, shards_acknowledged: true, index });
}
