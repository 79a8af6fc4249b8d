import { describe, expect, test } from "vitest";
import zeek from "../../plugins/normalize/zeek.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

const CONNECTION = {
  ts: 1600167600.5,
  uid: "CExample",
  "id.orig_h": "192.0.2.1",
  "id.orig_p": 50000,
  "id.resp_h": "198.51.100.1",
  "id.resp_p": 22,
};

function line(fields: object) {
  return run(JSON.stringify({ ...CONNECTION, ...fields }));
}

describe("zeek", () => {
  contract(zeek, "zeek");
  expectFixture("zeek");

  test("ports are numbers, and Zeek's own source is kept", () => {
    const event = line({ source: "HTTP" });
    expect(event.source).toBe("zeek");
    expect(event.details).toMatchObject({ source: "HTTP", sourceport: 50000, destinationport: 22 });
  });

  test.each([
    ["ssh that was let in", { auth_success: true }, true],
    ["ssh that Zeek could not tell", { auth_attempts: 1 }, undefined],
    ["a status of http", { _path: "http", status_code: 302 }, true],
    ["a status of sip", { request_from: "<sip:mo@example.com>", method: "REGISTER", status_code: 401 }, false],
    ["a status of another log", { _path: "rtsp", status_code: 302 }, undefined],
    ["socks", { bound_p: 0, status: "succeeded" }, true],
    ["a command of SMB", { tree_service: "IPC", status: "SUCCESS" }, true],
    ["a command of SMB that did not work", { tree_service: "IPC", status: "ACCESS_DENIED" }, undefined],
    ["radius without its log's name", { username: "mo", mac: "00:00:5e:00:53:01", result: "success" }, true],
    ["NXDOMAIN is an answer", { _path: "dns", rcode: 3, rcode_name: "NXDOMAIN" }, undefined],
    ["radius", { _path: "radius", username: "mo", result: "failed" }, false],
    ["a connection that was refused says nothing of its use", { conn_state: "REJ" }, undefined],
  ])("success: %s", (_, fields, success) => expect(line(fields).details.success).toBe(success));

  test.each([
    ["a user of ftp", { _path: "ftp", user: "anonymous" }, "anonymous"],
    ["a client of Kerberos without its realm", { request_type: "AS", client: "mo" }, undefined],
    ["the client program of ssh is no user", { auth_success: true, client: "SSH-2.0/x" }, undefined],
    ["a dash", { _path: "ftp", user: "-" }, "-"],
  ])("user: %s", (_, fields, user) => expect(line(fields).details.user).toBe(user));

  test("a file that the originator sent comes from the sender", () => {
    const upload = { ts: 1600167600, fuid: "F1", tx_hosts: ["192.0.2.1"], rx_hosts: ["192.0.2.2"], is_orig: true };
    expect(run(JSON.stringify(upload)).details).toMatchObject({
      sourceipaddress: "192.0.2.1",
      destinationipaddress: "192.0.2.2",
    });
  });

  test("dhcp names the client and the server", () => {
    const lease = { ts: 1600167600, uids: ["C1"], client_addr: "192.0.2.1", server_addr: "192.0.2.2" };
    expect(run(JSON.stringify(lease)).details).toMatchObject({
      sourceipaddress: "192.0.2.1",
      destinationipaddress: "192.0.2.2",
    });
  });

  test.each([
    ["no time", { ts: undefined }],
    ["a time that is none", { ts: "soon" }],
    ["no connection", { "id.orig_h": undefined }],
    ["a note in words", { "id.orig_h": undefined, note: "called back" }],
  ])("an event with %s passes it by", (_, fields) => expect(line(fields).source).toBe("UNKNOWN"));
});
