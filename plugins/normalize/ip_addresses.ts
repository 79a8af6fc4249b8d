import { addAddresses, addressIn, firstHopIn, isAddressOrNetwork } from "../../core/ip.ts";
import { type Json, removeField } from "../../core/json.ts";
import { definePlugin } from "../../core/plugin.ts";

const SOURCE_FIELDS = [
  "src",
  "srcaddr",
  "srcip",
  "src_ip",
  "source_ip",
  "sourceipaddress",
  "source_ip_address",
  "c-ip",
  "clientip",
  "remoteip",
  "remote_ip",
  "remoteaddr",
  "remote_host_ip_address",
  "ipaddress",
  "ip_address",
  "ipaddr",
  "id_orig_h",
  "x-forwarded-for",
  "http-x-forwarded-for",
];

const DESTINATION_FIELDS = [
  "dst",
  "dstip",
  "dst_ip",
  "dstaddr",
  "dest",
  "destaddr",
  "dest_ip",
  "destination_ip",
  "destinationipaddress",
  "destination_ip_address",
  "id_resp_h",
  "serverip",
];

/**
 * Finds the source and the destination address at any depth; the first valid one wins in the order of the names.
 *
 * Sets details.sourceipaddress, details.destinationipaddress and details._ipaddresses (both, once each). A value that
 * an incoming sourceipaddress or destinationipaddress holds already stays, address or not, except for a source that
 * repeats the user agent: CloudTrail names the AWS service in both. Of a comma list (X-Forwarded-For) the first hop
 * is the source. Networks in CIDR form count as addresses.
 */
export default definePlugin({
  name: "ip_addresses",
  registration: ["*"],
  priority: 20,
  after: ["timestamps"],
  lookups: [...SOURCE_FIELDS, ...DESTINATION_FIELDS],
  adds: ["sourceipaddress", "destinationipaddress", "_ipaddresses"],
  shallow: true,
  fields: ["sourceipaddress", "destinationipaddress", "useragent", "_ipaddresses"],
  onMessage(event, metadata) {
    const { details } = event;
    const known = details.sourceipaddress;
    if (known && known === details.useragent && !isValid(known)) removeField(details, "sourceipaddress");
    const source = details.sourceipaddress || metadata.eachValue(SOURCE_FIELDS, firstHopIn);
    if (source) details.sourceipaddress = source;
    const destination = details.destinationipaddress || metadata.eachValue(DESTINATION_FIELDS, addressIn);
    if (destination) details.destinationipaddress = destination;
    if (isValid(source)) addAddresses(details, isValid(destination) ? [source, destination] : [source]);
    else if (isValid(destination)) addAddresses(details, [destination]);
    return event;
  },
  examples: [
    {
      in: '{"srcaddr":"192.0.2.7","dstaddr":"198.51.100.9"}',
      out: {
        sourceipaddress: "192.0.2.7",
        destinationipaddress: "198.51.100.9",
        _ipaddresses: ["192.0.2.7", "198.51.100.9"],
      },
    },
    { in: '{"X-Forwarded-For":"203.0.113.7, 10.0.0.1"}', out: { sourceipaddress: "203.0.113.7" } },
    { in: '{"src":"host.example.com"}', out: { sourceipaddress: undefined, _ipaddresses: undefined } },
  ],
});

function isValid(value: Json | undefined): value is string {
  return typeof value === "string" && isAddressOrNetwork(value);
}
