import { describe, expect, test } from "vitest";
import type { Plugin } from "../../core/plugin.ts";
import { plugins } from "../../plugins/registry.ts";
import { ARRIVAL, run } from "../contract.ts";

/** Without its scan, lowercase_keys makes every event be parsed: the reference. */
const parsed = (list: readonly Plugin[]) => list.map((plugin) => ({ ...plugin, isScan: false }));
const reference = { ...plugins, normalize: parsed(plugins.normalize), enrich: parsed(plugins.enrich) };

/** What both ways through the pipeline say. */
function detail(input: string, field: string): unknown {
  const { details, utctimestamp } = run(input);
  expect(run(input, reference)).toMatchObject({ details, utctimestamp });
  return field === "utctimestamp" ? utctimestamp : details[field];
}

describe("generic_fields, by the words in a field's name", () => {
  test.each([
    ["run together", '{"knockIP":1,"clickIP":"192.0.2.1"}', "192.0.2.1"],
    ["the other way round", '{"ip_source":"192.0.2.1"}', "192.0.2.1"],
    ["with blanks", '{"Client Public IP":"192.0.2.1"}', "192.0.2.1"],
    ["cut short", '{"e":{"clt_sip":"192.0.2.1"}}', "192.0.2.1"],
    ["seen from inside, before outside", '{"internalIp":"10.0.0.1","externalIp":"192.0.2.1"}', "10.0.0.1"],
    ["the first of a list", '{"senderIPs":["192.0.2.1","192.0.2.2"]}', "192.0.2.1"],
    ["the event's only one", '{"a":{"address":"2001:db8::1"}}', "2001:db8::1"],
    ["one of two of no name", '{"a":{"address":"192.0.2.1"},"b":{"address":"192.0.2.2"}}', undefined],
    ["of a machine on the way", '{"nat_source_ip":"192.0.2.1","gatewayIp":"192.0.2.2"}', undefined],
    ["of a time before", '{"previous_client":{"x":1},"lastSourceIp":"192.0.2.1"}', undefined],
    ["of a resource", '{"resource_addr_list":"192.0.2.1"}', undefined],
    ["as Java writes it", '{"client_address":"/192.0.2.1:443"}', "192.0.2.1"],
    ["of the host that the actor is at", '{"initiator":{"host":{"address":"192.0.2.1"}}}', "192.0.2.1"],
    ["of a client in short", '{"cliIP":"192.0.2.1"}', "192.0.2.1"],
    ["of a desk", '{"logonWorkstation":"192.0.2.1"}', "192.0.2.1"],
    ["a network is none", '{"sourceRange":"192.0.2.0/24"}', undefined],
    ["a version is none", '{"clientVersion":"10.1.2.3"}', undefined],
  ])("sourceipaddress: %s", (_, input, address) => expect(detail(input, "sourceipaddress")).toBe(address));

  test.each([
    ["a server's local end", '{"remote_ip":"192.0.2.1","local_ip":"10.0.0.1","remote_port":50123,"local_port":22}', 22],
    [
      "a host's remote end",
      '{"remote_ip":"192.0.2.1","local_ip":"10.0.0.1","remote_port":443,"local_port":50123}',
      443,
    ],
    ["a client that few ports are left for", '{"remote_ip":"192.0.2.1","remote_port":3333}', undefined],
    ["what goes out", '{"remote":"192.0.2.1:50001","local":"10.0.0.1:50002","direction":"outbound"}', 50001],
    ["two of no telling", '{"remote_ip":"192.0.2.1","local_ip":"10.0.0.1"}', undefined],
  ])("destinationport of both ends of a connection: %s", (_, input, port) => {
    expect(detail(input, "destinationport")).toBe(port);
    const outbound = port === 443 || port === 50001;
    expect(detail(input, "sourceipaddress")).toBe(outbound ? "10.0.0.1" : "192.0.2.1");
    const destination = outbound ? "192.0.2.1" : port === 22 ? "10.0.0.1" : undefined;
    expect(detail(input, "destinationipaddress")).toBe(destination);
  });

  test("an address is reached where it is named so", () => {
    const ends = '{"FromIP":"192.0.2.1","ToIP":"192.0.2.2"}';
    expect([detail(ends, "sourceipaddress"), detail(ends, "destinationipaddress")]).toEqual(["192.0.2.1", "192.0.2.2"]);
  });

  test.each([
    ["told by its field", '{"op_started":1,"opTime":"2020-09-04T17:54:59Z"}', "2020-09-04T17:54:59+00:00"],
    ["seconds", '{"genStamp":1599242099}', "2020-09-04T17:54:59+00:00"],
    [
      "of the event before one of what it is about",
      '{"svc":{"madeAt":"2020-09-01T00:00:00Z"},"x":{"actTime":"2020-09-04T17:54:59Z"}}',
      "2020-09-04T17:54:59+00:00",
    ],
    ["when it came in, for want of more", '{"received":"2020-09-04T17:54:59Z"}', "2020-09-04T17:54:59+00:00"],
    ["in a unit", '{"ts_ms":1599242099000}', "2020-09-04T17:54:59+00:00"],
    ["to come", '{"jobTime":"2031-01-01T00:00:00Z"}', ARRIVAL],
    ["of something else", '{"expiryTime":"2020-09-04T17:54:59Z","lastLoginDate":"2020-09-04T17:54:59Z"}', ARRIVAL],
    ["how long it took", '{"elapsed_time":1599242099}', ARRIVAL],
  ])("utctimestamp: %s", (_, input, time) => expect(detail(input, "utctimestamp")).toBe(time));

  test.each([
    ["the actor before the user it was done to", '{"user_name":"jo","actor_user_name":"mo"}', "mo"],
    ["a person within the actor", '{"actor":{"id":"a-1","person":{"email":"mo@example.com"}}}', "mo@example.com"],
    ["the first of the actors", '{"actors":[{"id":"a-1","summary":"Mo Example"}]}', "Mo Example"],
    ["who performed it before who created it", '{"created_by":{"name":"jo"},"performedBy":{"name":"mo"}}', "mo"],
    ["in a question's words", '{"Who":"CORP\\\\mo","What":"x"}', "CORP\\mo"],
    ["two dashes are nobody", '{"login":"--"}', undefined],
    ["told by its field", '{"audit_effective_user":"mo"}', "mo"],
    ["an e-mail address of somebody", '{"policyIdentity":"mo@example.com"}', "mo@example.com"],
    ["of whom it was done to", '{"assignedUser":"jo","recipientMail":"jo@example.com"}', undefined],
    ["a digest is none", `{"Actor":{"ID":"${"0f".repeat(32)}","Attributes":{"name":"web"}}}`, undefined],
  ])("user: %s", (_, input, user) => expect(detail(input, "user")).toBe(user));

  test.each([
    ["yes", '{"IS_SUCCESS":"YES"}', true],
    ["zero", '{"success":0}', false],
    ["words that agree", '{"action":"Block/Drop"}', false],
    ["a result in two words", '{"result":{"status":"PERMISSION_DENIED"}}', false],
    ["a verb at the end of a result", '{"auth_result":"ACCESS_REJECT"}', false],
    ["no error", '{"LOGIN_STATUS":"LOGIN_NO_ERROR"}', true],
    ["what kind it is", '{"type":"LOGIN_ERROR"}', false],
    ["told by its field", '{"requestOutcome":"Denied by policy"}', false],
    ["a truth of its own", '{"sso_token_success":false}', false],
    ["a proxy's page of a block", '{"action":"block","response_code":200}', false],
    ["what was allowed and failed", '{"action":"allow","response_code":500}', false],
    ["what was refused, as wanted", '{"action":"deny","result":"success"}', true],
    ["a state in words", '{"jobState":"FAILED","door_state":true}', false],
    ["a kind in words", '{"EVENT_TYPE_TEXT":"Failure"}', false],
    ["mail", '{"status":"Delivered"}', true],
    ["granted", '{"access":{"granted":false}}', false],
    ["what it says was done", '{"description":"Logged in successfully"}', true],
    ["an error", '{"error":"invalid_credentials"}', false],
    ["no error at all", '{"error":"None","error_code":0}', undefined],
    ["a rule's name is none", '{"rule":{"title":"Login failed"}}', undefined],
    ["not so", '{"result":"not allowed"}', undefined],
    ["a name server's answer is none", '{"responseCode":"NOERROR"}', undefined],
  ])("success: %s", (_, input, success) => expect(detail(input, "success")).toBe(success));

  test("a stored row that is sent again stays as it is", () => {
    const first = run(
      '{"opTime":"2020-09-04T17:54:59Z","clickIP":"192.0.2.1","effectiveUser":"mo","theOutcome":"failed"}',
    );
    expect(first.details).toMatchObject({ sourceipaddress: "192.0.2.1", user: "mo", success: false });
    const { details, utctimestamp } = run(JSON.stringify(first));
    expect([details, utctimestamp]).toEqual([first.details, first.utctimestamp]);
  });
});
