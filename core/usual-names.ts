/** How producers usually name what the common fields hold: lower case, the likeliest name first. */

/** Names with their ranks, the likeliest first. */
export type Ranked = ReadonlyMap<string, number>;

export interface Names {
  /** Fields that hold it; a dotted name is one key. */
  readonly names: Ranked;
  /** Fields whose value is an object that holds it, or a list of such, under one of the keys `within`. */
  readonly objects: Ranked;
  readonly within: readonly string[];
  /** Fields that may hold it too, but of which there is often more than one: looked at when all others say nothing. */
  readonly last: Ranked;
}

/** Names with blanks between them; `~` is a blank within a name, as exported tables have it. */
export function namesOf(names: string, objects = "", within = "", last = ""): Names {
  return { names: ranked(names), objects: ranked(objects), within: words(within), last: ranked(last) };
}

function ranked(text: string): Ranked {
  return new Map(words(text).map((name, rank) => [name, rank]));
}

function words(text: string): string[] {
  return text.split(/\s+/).flatMap((word) => (word === "" ? [] : [word.replaceAll("~", " ")]));
}

const ADDRESS = "ip address ip_address ipaddress ip_addr ipaddr addr public_ip publicip";
const NAME = `username user_name login loginname login_name userprincipalname email email_addr email_address emailaddress mail
  alternateid name display_name displayname`;
const ACTORS = "actor actors initiator initiated_by initiatedby performed_by performedby requested_by requestedby";

/** Addresses have few names here: others are told by the words in them, core/usual-texts.ts. */
export const USUAL = {
  time: namesOf(
    `event_time event.time event_timestamp eventtimestamp event.created datetime date_time timegenerated time_generated
    timecreated time_created occurred_at occurredat occurred occured recordedat recorded_at logged_at log_time logtime
    logtimestamp log_timestamp ts @t _time createddatetime created_at createdat creationtime create_time createtime
    created_time createdtime created detected_at detection_time utc_time utctime timestamp_utc instant start_time
    starttime date timestamp time detection_timestamp started_at startedat modified modified_at updated_at updatedat
    last_updated published first_seen firstseen isotimestamp iso_timestamp`,
  ),
  /** Times that are in full where the usual field beside them may have no year or zone. */
  fullTime: namesOf("isotimestamp iso_timestamp"),
  sourceipaddress: namesOf(
    `source.ip client.ip src.ip src_endpoint.ip source.address client.address src srcaddr srcip src_ip source_ip sourceip
    saddr c-ip client_ip clientip client_address sender_ip senderip x-real-ip id.orig_h`,
    `source client src src_endpoint origin ${ACTORS} caller access_device`,
    ADDRESS,
  ),
  /** Addresses of nobody in particular: the client's, most likely. */
  anyaddress: namesOf("ipaddress ip_address ip_addr ip source client remote location"),
  /** The other end, as a server sees it: its client; as a host sees it that began the connection, whom it reached. */
  remote: namesOf(
    `remoteip remote_ip remoteaddr remote_addr remoteaddress remote_address remote_host remotehost addr.remote peer_ip peer_address`,
    "remote peer",
    ADDRESS,
    "remote",
  ),
  local: namesOf(
    "localip local_ip localaddr local_addr localaddress local_address addr.local",
    "local",
    ADDRESS,
    "local",
  ),
  remoteport: namesOf("remote_port remoteport", "remote peer", "port"),
  localport: namesOf("local_port localport", "local", "port"),
  direction: namesOf("direction network_direction connection_direction ruledirection rule_direction"),
  destinationipaddress: namesOf(
    `destination.ip server.ip dst.ip dst_endpoint.ip destination.address server.address dst dstaddr dstip dst_ip dest
    dest_ip destip destaddr destination_ip destinationip daddr server_ip s-ip id.resp_h target_ip resource_ip`,
    "destination server dst dest dst_endpoint",
    ADDRESS,
  ),
  sourceport: namesOf(
    "source.port client.port src_endpoint.port src_port srcport source_port sport spt client_port clientport port_src clt_sport id.orig_p id_orig_p c-port",
    "source client src src_endpoint",
    "port",
  ),
  destinationport: namesOf(
    `destination.port server.port dst_endpoint.port dst_port dstport dest_port destport destination_port dport dpt
    port_dst srv_dport target_port server_port serverport id.resp_p id_resp_p s-port`,
    "destination server dst dest dst_endpoint",
    "port",
  ),
  /** Who did it, where the event also names others. */
  actor: namesOf(
    `actor_email actoremail actor.email actor_user_name actorusername actor_name initiator performed_by performedby
    requested_by requestedby actor who`,
    ACTORS,
    `${NAME} summary`,
  ),
  user: namesOf(
    `user.name user.email user username user_name user~name userprincipalname user_principal_name loginname login_name
    login useremail user_email src_user srcuser source_user sourceuser suser loggeduser logged_user remote_user
    author_name administrator admin_name adminname operator executed_by executedby invoked_by modified_by modifiedby
    updated_by updatedby principal principal_name samaccountname acct`,
    "user created_by createdby author principal operator requester requestor users",
    NAME,
  ),
  /** Who did it, where nothing says a name. */
  userid: namesOf(
    "userid user_id user.id actinguserid acting_user_id actor_id actorid  accessor_id principal_id",
    `user ${ACTORS}`,
    "userid user_id id uid",
  ),
  /** An account is a user where its value is written as only a user's is: with a domain. */
  userAccount: namesOf("account account_name accountname", "account", NAME),
  /** E-mail addresses are the user's at the first level, and may be anybody's further down. */
  email: namesOf("email email_address emailaddress"),
  targetuser: namesOf(
    `user.target.name target_user targetusername target_username target_user_name targetuserprincipalname dst_user
    dstuser dest_user destination_user destinationuser duser affected_user`,
    "target_user targetuser",
    NAME,
  ),
  useragent: namesOf(
    "user_agent.original http_request.user_agent user_agent user-agent http_user_agent request_user_agent",
    "user_agent useragent",
    "original raw rawuseragent",
  ),
  action:
    namesOf(`event.action event_action eventaction action_name actionname activity_name activityname activity api.operation
    operation operationname operation_name eventname event_name event_type eventtype audit_log_event verb event`),
  hostname: namesOf(
    `host.name host.hostname host_name host computername computer_name computer machinename machine_name device_name
    devicename devicehostname device.hostname dvchost agent.hostname node_name nodename`,
    "host device computer machine",
    "name hostname host_name",
  ),
  account: namesOf(
    `cloud.account.id cloud.account.uid accountid account_id awsaccountid aws_account_id subscriptionid subscription_id
    tenantid tenant_id projectid project_id organizationid organization_id`,
    "account",
    "id uid",
  ),
  region: namesOf("cloud.region awsregion aws_region region"),
  /** Fields that are named for success itself. */
  succeeded: namesOf("success succeeded is_success issuccess allowed"),
  /** Fields that are named for a result. */
  result: namesOf(
    `event.outcome outcome result http_status status_code statuscode response_code responsecode status`,
    "outcome result status",
    "result outcome status success code statuscode statustype",
  ),
  /** Fields that say what was done to it, perhaps in one word. */
  verdict: namesOf("disposition decision verdict reaction action"),
  error: namesOf("error error_message errormessage error_code errorcode error_description failure_reason "),
} as const satisfies Record<string, Names>;
