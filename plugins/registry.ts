// Written by infra/registry.ts from the folders beside it. Do not edit: add a file there instead.
import type { PluginSet } from "../core/order.ts";
import ensure_eventid from "./enrich/ensure_eventid.ts";
import event_shell from "./normalize/event_shell.ts";
import gsuite_login from "./normalize/gsuite_login.ts";
import ip_addresses from "./normalize/ip_addresses.ts";
import lowercase_keys from "./normalize/lowercase_keys.ts";
import timestamps from "./normalize/timestamps.ts";

export const plugins: PluginSet = {
  normalize: [event_shell, gsuite_login, ip_addresses, lowercase_keys, timestamps],
  enrich: [ensure_eventid],
  version: "90d79f9252e7",
};
