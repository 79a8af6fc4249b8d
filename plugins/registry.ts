// Written by infra/registry.ts from the folders beside it. Do not edit: add a file there instead.
import type { PluginSet } from "../core/order.ts";
import address_scope from "./enrich/address_scope.ts";
import ensure_eventid from "./enrich/ensure_eventid.ts";
import geo from "./enrich/geo.ts";
import indicators from "./enrich/indicators.ts";
import lookups from "./enrich/lookups.ts";
import auditd from "./normalize/auditd.ts";
import azure_activity from "./normalize/azure_activity.ts";
import beats from "./normalize/beats.ts";
import cloudflare from "./normalize/cloudflare.ts";
import cloudflare_zerotrust from "./normalize/cloudflare_zerotrust.ts";
import cloudfront from "./normalize/cloudfront.ts";
import cloudtrail from "./normalize/cloudtrail.ts";
import crowdstrike from "./normalize/crowdstrike.ts";
import crowdstrike_fdr from "./normalize/crowdstrike_fdr.ts";
import elb from "./normalize/elb.ts";
import entra from "./normalize/entra.ts";
import event_shell from "./normalize/event_shell.ts";
import gcp_audit from "./normalize/gcp_audit.ts";
import generic_fields from "./normalize/generic_fields.ts";
import github from "./normalize/github.ts";
import github_webhook from "./normalize/github_webhook.ts";
import gsuite_activity from "./normalize/gsuite_activity.ts";
import gsuite_login from "./normalize/gsuite_login.ts";
import guardduty from "./normalize/guardduty.ts";
import ip_addresses from "./normalize/ip_addresses.ts";
import kubernetes from "./normalize/kubernetes.ts";
import linux_auth from "./normalize/linux_auth.ts";
import lowercase_keys from "./normalize/lowercase_keys.ts";
import meraki from "./normalize/meraki.ts";
import meraki_syslog from "./normalize/meraki_syslog.ts";
import office365 from "./normalize/office365.ts";
import okta from "./normalize/okta.ts";
import onepassword from "./normalize/onepassword.ts";
import osquery from "./normalize/osquery.ts";
import route53resolver from "./normalize/route53resolver.ts";
import s3access from "./normalize/s3access.ts";
import securityhub from "./normalize/securityhub.ts";
import slack from "./normalize/slack.ts";
import sophos from "./normalize/sophos.ts";
import sshd from "./normalize/sshd.ts";
import sudo from "./normalize/sudo.ts";
import suricata from "./normalize/suricata.ts";
import syslog from "./normalize/syslog.ts";
import sysmon from "./normalize/sysmon.ts";
import timestamps from "./normalize/timestamps.ts";
import vpcflow from "./normalize/vpcflow.ts";
import waf from "./normalize/waf.ts";
import weblog from "./normalize/weblog.ts";
import windows_security from "./normalize/windows_security.ts";
import zeek from "./normalize/zeek.ts";

export const plugins: PluginSet = {
  normalize: [auditd, azure_activity, beats, cloudflare, cloudflare_zerotrust, cloudfront, cloudtrail, crowdstrike, crowdstrike_fdr, elb, entra, event_shell, gcp_audit, generic_fields, github, github_webhook, gsuite_activity, gsuite_login, guardduty, ip_addresses, kubernetes, linux_auth, lowercase_keys, meraki, meraki_syslog, office365, okta, onepassword, osquery, route53resolver, s3access, securityhub, slack, sophos, sshd, sudo, suricata, syslog, sysmon, timestamps, vpcflow, waf, weblog, windows_security, zeek],
  enrich: [address_scope, ensure_eventid, geo, indicators, lookups],
  version: "11ab0e9ba561",
};
