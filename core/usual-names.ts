/** How producers usually name what the common fields hold: lower case, the likeliest name first. */

export interface Names {
  /** Fields that hold it; a dotted name is one key. */
  readonly names: readonly string[];
  /** Fields whose value is an object that holds it, under one of the keys `within`. */
  readonly objects: readonly string[];
  readonly within: readonly string[];
  /** Fields that may hold it too, but of which there is often more than one: looked at when all others say nothing. */
  readonly last: readonly string[];
}

function namesOf(names: string, objects = "", within = "", last = ""): Names {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
  return { names: words(names), objects: words(objects), within: words(within), last: words(last) };
}

const ADDRESS = "ip address ip_address ipaddress ip_addr ipaddr addr public_ip publicip";
const NAME = `username user_name login userprincipalname email email_addr email_address emailaddress alternateid name
  display_name displayname`;

export const USUAL = {
  time: namesOf(
    `event_time event.time event_timestamp eventtimestamp event.created datetime date_time timegenerated time_generated
    timecreated time_created activitydatetime occurred_at occurredat occurred occured occurred_on recordedat recorded_at published_at logged_at
    loggeddatetime log_time logtime logtimestamp log_timestamp timestamp_derived ts _time createddatetime created_at createdat
    creationtime create_time createtime creationdate creation_date created_time createdtime date_created datecreated created_on createdon created detected_at detection_time eventdate event_date utc_time utctime time_stamp timestamp_utc action_time actiontime clicktime requesttime request_time
    start_time starttime date timestamp time detection_timestamp started_at startedat modified
    modified_at updated_at updatedat last_updated published first_seen firstseen isotimestamp iso_timestamp`,
  ),
  /** Times that are in full where the usual field beside them may have no year or zone. */
  fullTime: namesOf("isotimestamp iso_timestamp"),
  sourceipaddress: namesOf(
    `source.ip client.ip src.ip src_endpoint.ip source.address client.address src srcaddr srcip src_ip source_ip sourceip
    sourceipv4 source_ipv4 src_ipv4 client_ipv4 source_address sourceaddress src_addr saddr c-ip client_ip client-ip clientip client_ip_address clientipaddress client_address
    clientaddress client_addr clientaddr clientpublicip client_public_ip remoteip remote_ip remote_ip_address remoteaddr
    remote_addr remoteaddress remote_address addr.remote peer_ip actor_ip actoripaddress user_ip userip user_ip_address caller_ip
    callerip calleripaddress requester_ip requestor_ip request_ip requestip login_ip loginip origin_ip originip senderip sender_ip
    ip_client ipclient remotehost remote_host client_host clienthost logged_from loggedfrom from_ip fromip access_ip accessip
    x-real-ip true-client-ip cf-connecting-ip id.orig_h`,
    "source client src src_endpoint remote peer actor caller performed_by",
    ADDRESS,
    "ipaddress ip_address ip_addr ip source client remote location",
  ),
  destinationipaddress: namesOf(
    `destination.ip server.ip dst.ip dst_endpoint.ip destination.address server.address dst dstaddr dstip dst_ip dest dest_ip
    destip destaddr destination_ip destinationip targetipv4 target_ipv4 destination_ipv4 dst_ipv4 dest_ipv4 destination_address destinationaddress dst_addr dest_addr dest_address daddr target_ip
    targetip target_address targetaddress server_ip serverip server_addr serveraddr s-ip id.resp_h addr.local`,
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
    `user.name user.email user username user_name userprincipalname user_principal_name loginname login_name login actor_email
    actoremail actor.email actor_name actorname actor_username actor useremail user_email initiator src_user srcuser source_user
    suser loggeduser logged_user logged_in_user performed_by performedby device_username remote_user auth_user author_name
    authorname administrator admin_name adminname admin_user admin_email operator executed_by executedby invoked_by
    requested_by requestedby modified_by modifiedby updated_by updatedby src.process.user principal principalname principal_name samaccountname`,
    "user actor initiator initiated_by initiatedby created_by createdby author performed_by performedby principal operator",
    NAME,
  ),
  /** Who did it, where nothing says a name. */
  userid: namesOf(
    "userid user_id actinguserid acting_user_id actor_id actorid",
    "user actor initiator initiated_by initiatedby performed_by performedby",
    "userid user_id id uid",
  ),
  /** An account is a user where its value is written as only a user's is: with a domain. */
  userAccount: namesOf("account account_name accountname", "account", NAME),
  /** E-mail addresses are the user's at the first level, and may be anybody's further down. */
  email: namesOf("email email_address emailaddress"),
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
    operationname operation_name eventname event_name event_type eventtype verb event`),
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
    eventresult result_status resultstatus auth_result authresult login_result request_status requeststatus http_status status_code
    statuscode response_code responsecode status disposition decision verdict action`,
    "outcome result status",
    "result outcome status success code",
  ),
} as const satisfies Record<string, Names>;
