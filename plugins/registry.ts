// Written by infra/registry.ts from the folders beside it. Do not edit: add a file there instead.
import type { PluginSet } from "../core/order.ts";
import ensure_eventid from "./enrich/ensure_eventid.ts";
import auditd from "./normalize/auditd.ts";
import azure_activity from "./normalize/azure_activity.ts";
import beats from "./normalize/beats.ts";
import cloudfront from "./normalize/cloudfront.ts";
import cloudtrail from "./normalize/cloudtrail.ts";
import elb from "./normalize/elb.ts";
import entra from "./normalize/entra.ts";
import event_shell from "./normalize/event_shell.ts";
import gsuite_activity from "./normalize/gsuite_activity.ts";
import gsuite_login from "./normalize/gsuite_login.ts";
import guardduty from "./normalize/guardduty.ts";
import ip_addresses from "./normalize/ip_addresses.ts";
import kubernetes from "./normalize/kubernetes.ts";
import lowercase_keys from "./normalize/lowercase_keys.ts";
import meraki from "./normalize/meraki.ts";
import meraki_syslog from "./normalize/meraki_syslog.ts";
import office365 from "./normalize/office365.ts";
import okta from "./normalize/okta.ts";
import osquery from "./normalize/osquery.ts";
import route53resolver from "./normalize/route53resolver.ts";
import s3access from "./normalize/s3access.ts";
import securityhub from "./normalize/securityhub.ts";
import sophos from "./normalize/sophos.ts";
import suricata from "./normalize/suricata.ts";
import timestamps from "./normalize/timestamps.ts";
import vpcflow from "./normalize/vpcflow.ts";
import waf from "./normalize/waf.ts";
import zeek from "./normalize/zeek.ts";

export const plugins: PluginSet = {
  normalize: [auditd, azure_activity, beats, cloudfront, cloudtrail, elb, entra, event_shell, gsuite_activity, gsuite_login, guardduty, ip_addresses, kubernetes, lowercase_keys, meraki, meraki_syslog, office365, okta, osquery, route53resolver, s3access, securityhub, sophos, suricata, timestamps, vpcflow, waf, zeek],
  enrich: [ensure_eventid],
  version: "9de6ec83fff4",
};
