import { addFields, namedFields } from "../../core/fields.ts";
import type { JsonObject } from "../../core/json.ts";
import { endsOf, takeOver } from "../../core/layer.ts";
import { textAt } from "../../core/path.ts";
import { definePlugin } from "../../core/plugin.ts";
import { toUTC } from "../../core/time.ts";
import { COMMON_NAMES, setCommon } from "../../core/vendor.ts";

/** The fields of a text line in the documented order; the default format (version 2) has the first 14. */
const DOCUMENTED =
  `version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action
  log_status vpc_id subnet_id instance_id tcp_flags type pkt_srcaddr pkt_dstaddr region az_id sublocation_type
  sublocation_id pkt_src_aws_service pkt_dst_aws_service flow_direction traffic_path ecs_cluster_arn ecs_cluster_name
  ecs_container_instance_arn ecs_container_instance_id ecs_container_id ecs_second_container_id ecs_service_name
  ecs_task_definition_arn ecs_task_arn ecs_task_id reject_reason`.split(/\s+/);

/** The fields of a transit gateway's line in the documented order (version 6). */
const TRANSIT_GATEWAY = `version resource_type account_id tgw_id tgw_attachment_id tgw_src_vpc_account_id
  tgw_dst_vpc_account_id tgw_src_vpc_id tgw_dst_vpc_id tgw_src_subnet_id tgw_dst_subnet_id tgw_src_eni tgw_dst_eni
  tgw_src_az_id tgw_dst_az_id tgw_pair_attachment_id srcaddr dstaddr srcport dstport protocol packets bytes start end
  log_status type packets_lost_no_route packets_lost_blackhole packets_lost_mtu_exceeded packets_lost_ttl_expired
  tcp_flags region flow_direction pkt_src_aws_service pkt_dst_aws_service`.split(/\s+/);

const DEFAULT_FIELDS = 14;

/** The custom format of the User Guide's example of TCP flag sequences, which many have taken over. */
const TCP_FLAGS = `version vpc_id subnet_id instance_id interface_id account_id type srcaddr dstaddr srcport dstport
  pkt_srcaddr pkt_dstaddr protocol bytes packets start end action tcp_flags log_status`.split(/\s+/);

/** What is read of a flow log in JSON, and the line. */
const FLOW_FIELDS =
  `message eni-id interface_id interface-id log_status log-status account_id account-id srcaddr dstaddr srcport dstport
  protocol bytes start end tgw_attachment_id`.split(/\s+/);

/** What the fields of a line must look like for an order to be the right one. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  version: /^\d{1,2}$/,
  account_id: /^(?:\d{1,12}|unknown|-)$/,
  interface_id: /^(?:eni-[0-9a-z]{1,40}|-)$/,
  resource_type: /^(?:TransitGateway|-)$/,
  tgw_id: /^tgw-[0-9a-z]{1,40}$/,
  srcaddr: /^(?:[0-9a-fA-F.:]{2,45}|-)$/,
  dstaddr: /^(?:[0-9a-fA-F.:]{2,45}|-)$/,
  srcport: /^(?:\d{1,5}|-)$/,
  dstport: /^(?:\d{1,5}|-)$/,
  start: /^\d{9,10}$/,
  end: /^\d{9,10}$/,
  action: /^(?:ACCEPT|REJECT|-)$/,
  log_status: /^(?:OK|NODATA|SKIPDATA|-)$/,
};

const OUTCOMES = new Map<unknown, boolean>([
  ["ACCEPT", true],
  ["REJECT", false],
]);

const ACTIONS = new Set([...OUTCOMES.keys(), "-"]);

/** The states of records that are of no flow. */
const EMPTY = new Set<unknown>(["NODATA", "SKIPDATA"]);

/** IANA's protocol numbers that a flow usually has. */
const PROTOCOLS = new Map([
  ["1", "ICMP"],
  ["6", "TCP"],
  ["17", "UDP"],
  ["47", "GRE"],
  ["50", "ESP"],
  ["58", "ICMPv6"],
]);

/**
 * Amazon VPC flow logs of version 2 to 8, and transit gateways': JSON by the documented names, with dashes or underscores,
 * or the text line in `message`: the default format, the documented order beyond it, and the User Guide's custom order for
 * TCP flags. A line in any other custom order cannot be told and is left as it is.
 *
 * Sets source, category, summary, utctimestamp (the start of the flow), details.sourceipaddress, destinationipaddress,
 * ports, success (ACCEPT or REJECT), action, account and region; of a line, the fields under their names with underscores.
 *
 * @see Amazon VPC User Guide, "Flow log records"; Amazon VPC Transit Gateways, "Transit Gateway Flow Log records"
 */
export default definePlugin({
  name: "vpcflow",
  registration: ["dstaddr", "log-status", "log_status", "message"],
  priority: 20,
  after: ["timestamps", "ip_addresses"],
  adds: [...COMMON_NAMES, ...DOCUMENTED, ...TRANSIT_GATEWAY],
  shallow: true,
  fields: [...COMMON_NAMES, ...FLOW_FIELDS],
  onMessage(event, metadata) {
    const { details } = event;
    const flow = isFlow(details) ? details : lineIn(details.message);
    if (!flow) return event;
    if (flow !== details) addFields(details, flow);
    takeOver(event, "vpcflow");
    event.category = "network";
    event.utctimestamp =
      toUTC(flow.start, metadata.arrivalMs) ?? toUTC(flow.end, metadata.arrivalMs) ?? event.utctimestamp;
    setCommon(details, {
      sourceipaddress: flow.srcaddr,
      destinationipaddress: flow.dstaddr,
      sourceport: flow.srcport,
      destinationport: flow.dstport,
      success: OUTCOMES.get(flow.action),
      action: flow.action,
      account: flow.account_id ?? flow["account-id"],
      region: flow.region,
    });
    event.summary = summaryOf(flow, details);
    return event;
  },
  examples: [
    {
      in: `{"message":"2 123456789012 eni-0a1b2c3d4e5f60718 203.0.113.12 192.0.2.10 20641 22 6 1 40 1600170018 1600170077 REJECT OK"}`,
      out: {
        source: "vpcflow",
        category: "network",
        utctimestamp: "2020-09-15T11:40:18+00:00",
        summary: "REJECT TCP from 203.0.113.12:20641 to 192.0.2.10:22 (40 bytes)",
        sourceipaddress: "203.0.113.12",
        destinationport: 22,
        success: false,
        interface_id: "eni-0a1b2c3d4e5f60718",
      },
    },
  ],
});

function isFlow(details: JsonObject): boolean {
  const isEmpty = EMPTY.has(details["log-status"] ?? details.log_status) && details.start !== undefined;
  if (isEmpty && details.srcaddr === undefined) return true;
  if (details.srcaddr === undefined || details.dstaddr === undefined) return false;
  if (details.interface_id === undefined && details["interface-id"] === undefined) {
    if (details["log-status"] === undefined && details.log_status === undefined) return false;
    if (details["eni-id"] !== undefined) return false; // Alibaba Cloud's flow logs
  }
  return details.action === undefined || ACTIONS.has(String(details.action));
}

/** The fields of a flow log's line; undefined when the text is none. */
function lineIn(line: unknown): JsonObject | undefined {
  if (typeof line !== "string" || line.length > 2048 || !/^\d{1,2} [\w-]/.test(line)) return undefined;
  const values = line.trimEnd().split(" ");
  const names = [DOCUMENTED, TCP_FLAGS, TRANSIT_GATEWAY].find((order) => fits(order, values));
  return names && namedFields(names, values);
}

function fits(order: readonly string[], values: readonly string[]): boolean {
  const isWhole = values.length === order.length || (order === DOCUMENTED && values.length >= DEFAULT_FIELDS);
  if (!isWhole) return false;
  return order.every((name, i) => values[i] === undefined || SHAPES[name]?.test(values[i]) !== false);
}

function summaryOf(flow: JsonObject, details: JsonObject): string {
  const status = textAt(flow, "log_status") ?? textAt(flow, "log-status");
  const interfaceId =
    textAt(flow, "interface_id") ?? textAt(flow, "interface-id") ?? textAt(flow, "tgw_attachment_id") ?? "an interface";
  if (EMPTY.has(status) && details.sourceipaddress === undefined) return `${status} of ${interfaceId}`;
  const protocol = PROTOCOLS.get(String(flow.protocol)) ?? `protocol ${flow.protocol ?? "unknown"}`;
  const size = flow.bytes === undefined ? "" : ` (${flow.bytes} bytes)`;
  return `${flow.action ?? "flow"} ${protocol}${endsOf(details)}${size}`;
}
