import { describe, expect, test } from "vitest";
import generic_fields from "../../plugins/normalize/generic_fields.ts";
import { ARRIVAL, contract, run } from "../contract.ts";

const detail = (input: string, field: string) => run(input).details[field];

describe("generic_fields", () => {
  contract(generic_fields);

  test.each([
    ["dotted", '{"source.ip":"192.0.2.1"}', "192.0.2.1"],
    ["nested", '{"client":{"ip":"192.0.2.1"}}', "192.0.2.1"],
    ["OCSF's", '{"src_endpoint":{"ip":"2001:db8::1"}}', "2001:db8::1"],
    ["camel-case", '{"request":{"clientIp":"192.0.2.1"}}', "192.0.2.1"],
    ["with a port", '{"remote_addr":"192.0.2.1:443"}', "192.0.2.1"],
    ["in brackets", '{"clientIp":"[2001:db8::1]:443"}', "2001:db8::1"],
    ["the first hop", '{"client_ip":"192.0.2.1, 10.0.0.1"}', "192.0.2.1"],
    ["a host's name is none", '{"client_ip":"web1"}', undefined],
    ["with the words the other way round", '{"ip_client":"192.0.2.1"}', "192.0.2.1"],
    ["of who did it", '{"performed_by":{"username":"mo","public_ip":"192.0.2.1"}}', "192.0.2.1"],
    ["a location that is one", '{"context":{"location":"192.0.2.1"}}', "192.0.2.1"],
    ["a location that is none", '{"context":{"location":"Oslo"}}', undefined],
    ["a producer's source that is one", '{"source":"192.0.2.1","action":"login"}', "192.0.2.1"],
  ])("sourceipaddress: %s", (_, input, address) => expect(detail(input, "sourceipaddress")).toBe(address));

  test.each([
    ["dotted", '{"destination.ip":"192.0.2.2"}', "192.0.2.2"],
    ["nested", '{"server":{"address":"192.0.2.2:80"}}', "192.0.2.2"],
    ["OCSF's", '{"dst_endpoint":{"ip":"192.0.2.2"}}', "192.0.2.2"],
    ["a target's", '{"target_address":"192.0.2.2"}', "192.0.2.2"],
  ])("destinationipaddress: %s", (_, input, address) => expect(detail(input, "destinationipaddress")).toBe(address));

  test.each([
    ["a number", '{"dst_port":443}', 443],
    ["its digits", '{"destination":{"port":"443"}}', 443],
    ["written with the address", '{"server_addr":"192.0.2.1:443"}', 443],
    ["beyond 65,535", '{"dst_port":65536}', undefined],
  ])("destinationport: %s", (_, input, port) => expect(detail(input, "destinationport")).toBe(port));

  test.each([
    ["ECS's", '{"user.name":"mo"}', "mo"],
    ["OCSF's", '{"actor":{"user":{"name":"mo"}}}', "mo"],
    ["an e-mail address", '{"actor":{"email":"Mo@Example.com"}}', "mo@example.com"],
    ["a domain's user", String.raw`{"userName":"EXAMPLE\\mo"}`, String.raw`EXAMPLE\mo`],
    ["a sentence is none", '{"username":"the quick brown fox"}', undefined],
    ["a number is none", '{"login":"12345"}', undefined],
    ["nobody", '{"username":"N/A"}', undefined],
    ["an address is none", '{"login":"192.0.2.1"}', undefined],
    ["an outcome is none", '{"login":"failed"}', undefined],
    ["a person's few words", '{"actor":{"type":"user","display_name":"Mo van Example"}}', "Mo van Example"],
    ["words with an outcome are none", '{"username":"login failed"}', undefined],
    ["the first of a list", '{"initiators":1,"initiator":["mo","jo"]}', "mo"],
    ["an id where there is no name", '{"actor":{"type":"user","id":"u-17"}}', "u-17"],
    ["a name before an id", '{"user_id":"u-17","user_name":"mo"}', "mo"],
    ["an id before an e-mail address further down", '{"user_id":"u-17","x":{"email":"jo@example.com"}}', "u-17"],
    [
      "an e-mail address at the first level before an id",
      '{"user_id":"u-17","email":"mo@example.com"}',
      "mo@example.com",
    ],
    ["an account with a domain", String.raw`{"account":"EXAMPLE\\mo"}`, String.raw`EXAMPLE\mo`],
    ["an account without one is none", '{"account":"production"}', undefined],
    ["an account's id is none", '{"account":{"id":"a-1"}}', undefined],
    ["an account's name is none", '{"account":{"name":"Example"}}', undefined],
  ])("user: %s", (_, input, user) => expect(detail(input, "user")).toBe(user));

  test.each([
    ["ECS's", '{"event":{"id":1},"event.outcome":"failure"}', false],
    ["OCSF's", '{"status":"Success"}', true],
    ["a truth", '{"result":{"success":true}}', true],
    ["a truth in quotes", '{"success":"false"}', false],
    ["an HTTP status", '{"status_code":"404"}', false],
    ["a verdict", '{"action":"Blocked"}', false],
    ["what was done is none", '{"action":"login"}', undefined],
    ["a state is none", '{"status":"active"}', undefined],
    ["zero and one may mean anything", '{"result":0,"status":1}', undefined],
    ["the outcome before the status", '{"status":"ok","outcome":"denied"}', false],
    ["an action that ends with it", '{"event":"LOGIN_SUCCESS"}', true],
    ["an action that begins with it", '{"eventType":"Failed login"}', false],
    ["an action that only speaks of it", '{"eventType":"success rate changed by operator today"}', undefined],
  ])("success: %s", (_, input, success) => expect(detail(input, "success")).toBe(success));

  test.each([
    ["hostname", '{"host":{"name":"web1"}}', "web1"],
    ["hostname", '{"host":"192.0.2.1"}', undefined],
    ["action", '{"eventName":"door.open"}', "door.open"],
    ["action", '{"event_type":"a sentence that is far too long to name an action"}', undefined],
    ["useragent", '{"http_request":{"user_agent":"curl/8.5.0"}}', "curl/8.5.0"],
    ["account", '{"cloud":{"account":{"id":"123456789012"}}}', "123456789012"],
    ["region", '{"awsRegion":"eu-central-1"}', "eu-central-1"],
    ["targetuser", '{"target_user":"jo"}', "jo"],
  ])("%s of %s", (field, input, value) => expect(detail(input, field)).toBe(value));

  test.each([
    ["a name that timestamps does not know", '{"created_at":"2020-09-04T17:54:59Z"}', "2020-09-04T17:54:59+00:00"],
    ["an epoch", '{"ts":1567619699.5}', "2019-09-04T17:54:59.500000+00:00"],
    [
      "a change before a publication",
      '{"published":"2019-01-01T00:00:00Z","modified":"2020-09-04T17:54:59Z"}',
      "2020-09-04T17:54:59+00:00",
    ],
    ["a date alone", '{"created_at":"2020-09-04"}', ARRIVAL],
    ["MongoDB's", '{"ts":{"$date":"2020-09-04T17:54:59Z"}}', "2020-09-04T17:54:59+00:00"],
    ["Java's", '{"timestamp":{"epochSecond":1567619699,"nano":5000000}}', "2019-09-04T17:54:59.005000+00:00"],
    ["Protocol Buffers'", '{"created":{"seconds":"1567619699"}}', "2019-09-04T17:54:59+00:00"],
    ["digits only", '{"created":"20200904175459"}', "2020-09-04T17:54:59+00:00"],
    [
      "a number beside a time of day",
      '{"event.time":1567619699000,"timestamp":"17:54:59"}',
      "2019-09-04T17:54:59+00:00",
    ],
    [
      "one in full before one without a year",
      '{"timestamp":"Sep 04 17:54:59","isotimestamp":"2019-09-04T17:54:59+00:00"}',
      "2019-09-04T17:54:59+00:00",
    ],
    [
      "a name that timestamps knows wins",
      '{"ts":1567619699,"time":"2020-09-04T17:54:59Z"}',
      "2020-09-04T17:54:59+00:00",
    ],
  ])("utctimestamp: %s", (_, input, time) => expect(run(input).utctimestamp).toBe(time));

  test("an envelope's time gives way to the event's own, but not to another envelope's", () => {
    const wrapped = (detail: object) =>
      JSON.stringify({ "detail-type": "x", source: "door", time: "2020-09-15T12:00:00Z", detail });
    expect(run(wrapped({ created_at: "2020-09-15T11:00:00Z" })).utctimestamp).toBe("2020-09-15T11:00:00+00:00");
    expect(run(wrapped({ action: "open" })).utctimestamp).toBe("2020-09-15T12:00:00+00:00");
  });

  test("of a user that is an object user is the name, and the object is beside it", () => {
    expect(run('{"user":{"id":7,"name":"mo"}}').details).toMatchObject({ user: "mo", _user: { id: 7, name: "mo" } });
  });

  test("what is set stays, whatever it holds", () => {
    const set = '{"user":"ada","action":["a"],"hostname":"mine","username":"mo","host":{"name":"web1"}}';
    expect(run(set).details).toMatchObject({ user: "ada", action: ["a"], hostname: "mine" });
  });

  test("an event that says what it is, is left as it is", () => {
    const event = '{"source":"door","category":"session","details":{"login":"mo","result":"ok"}}';
    expect(run(event).details).not.toHaveProperty("user");
    expect(run(event.replace("session", "swipe")).details).toMatchObject({ user: "mo", success: true });
  });
});
