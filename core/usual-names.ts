/** How producers usually name what the common fields hold: lower case, the likeliest name first. */

export interface Names {
  /** Fields that hold it; a dotted name is one key. */
  readonly names: readonly string[];
  /** Fields whose value is an object that holds it, under one of the keys `within`. */
  readonly objects: readonly string[];
  readonly within: readonly string[];
}

function namesOf(names: string, objects = "", within = ""): Names {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
  return { names: words(names), objects: words(objects), within: words(within) };
}

const ADDRESS = "ip address ip_address ipaddress ip_addr ipaddr addr";
const NAME = "name username user_name login email email_addr email_address emailaddress userprincipalname alternateid";

export const USUAL = {
  time: namesOf(`event_time event_timestamp eventtimestamp event.created datetime date_time timegenerated time_generated
    timecreated time_created activitydatetime occurred_at occurredat published published_at logged_at log_time logtime ts
    _time creationtime created_at createdat createddatetime created start_time starttime date`),
  sourceipaddress: namesOf(
    `source.ip client.ip src.ip src_endpoint.ip source.address client.address src srcaddr srcip src_ip source_ip sourceip
    source_address sourceaddress src_addr saddr c-ip client_ip clientip client_ip_address clientipaddress client_address
    clientaddress client_addr clientaddr remoteip remote_ip remote_ip_address remoteaddr remote_addr remoteaddress
    remote_address peer_ip actor_ip actoripaddress user_ip userip user_ip_address caller_ip callerip calleripaddress
    requester_ip requestor_ip login_ip loginip origin_ip originip x-real-ip true-client-ip cf-connecting-ip id.orig_h
    ipaddress ip_address ip_addr ip`,
    "source client src src_endpoint remote peer actor caller",
    ADDRESS,
  ),
  destinationipaddress: namesOf(
    `destination.ip server.ip dst.ip dst_endpoint.ip destination.address server.address dst dstaddr dstip dst_ip dest dest_ip
    destip destaddr destination_ip destinationip destination_address destinationaddress dst_addr dest_addr daddr target_ip
    targetip server_ip serverip server_addr serveraddr s-ip id.resp_h`,
    "destination server dst dest dst_endpoint",
    ADDRESS,
  ),
  sourceport: namesOf(
    `source.port client.port src_endpoint.port src_port srcport source_port sport spt client_port clientport remote_port
    remoteport id.orig_p id_orig_p c-port`,
    "source client src src_endpoint remote peer",
    "port",
  ),
  destinationport: namesOf(
    `destination.port server.port dst_endpoint.port dst_port dstport dest_port destport destination_port dport dpt
    target_port server_port serverport id.resp_p id_resp_p s-port`,
    "destination server dst dest dst_endpoint",
    "port",
  ),
  user: namesOf(
    `user.name user.email user username user_name userprincipalname user_principal_name loginname login_name login
    account_name accountname actor_email actoremail actor.email actor_name actorname actor useremail user_email initiator
    src_user srcuser source_user suser performed_by principal email email_address emailaddress`,
    "user actor initiator principal account",
    NAME,
  ),
  targetuser: namesOf(
    `user.target.name target_user targetusername target_username target_user_name targetuserprincipalname dst_user dstuser
    dest_user destination_user duser affected_user`,
    "target_user targetuser",
    NAME,
  ),
  useragent: namesOf(
    "user_agent.original http_request.user_agent user_agent user-agent http_user_agent",
    "user_agent useragent",
    "original raw rawuseragent",
  ),
  action: namesOf(`event.action event_action eventaction activity_name activityname activity api.operation operation
    operationname operation_name eventname event_name event_type eventtype verb`),
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
  success: namesOf(
    `success successful succeeded is_success issuccess event.outcome outcome event_outcome eventoutcome result event_result
    eventresult result_status resultstatus auth_result authresult login_result http_status status_code statuscode
    response_code responsecode status disposition decision verdict action`,
    "outcome result status",
    "result outcome status success code",
  ),
} as const satisfies Record<string, Names>;
