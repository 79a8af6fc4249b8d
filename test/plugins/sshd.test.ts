import { describe, expect, test } from "vitest";
import sshd from "../../plugins/normalize/sshd.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function says(text: string) {
  return run(JSON.stringify({ message: `<86>Sep 15 11:00:00 web1 sshd[1]: ${text}` })).details;
}

const PEER = { sourceipaddress: "203.0.113.1", sourceport: 5000 };

describe("sshd", () => {
  contract(sshd, "sshd", "syslog");
  expectFixture("sshd");

  test.each([
    ["Failed none for root from 203.0.113.1 port 5000 ssh2", { user: "root", success: false }],
    ["Failed keyboard-interactive/pam for mo from 203.0.113.1 port 5000 ssh2", { user: "mo", success: false }],
    ["User mo from 203.0.113.1 not allowed because not listed in AllowUsers", { user: "mo", success: false }],
    [
      "error: maximum authentication attempts exceeded for invalid user a from 203.0.113.1 port 5000 ssh2",
      { user: "a" },
    ],
    ["error: PAM: Authentication failure for illegal user bob from 203.0.113.1", { user: "bob", success: false }],
    ["Disconnecting: Too many authentication failures for mo [preauth]", { user: "mo", success: false }],
    ["Connection closed by invalid user mo 203.0.113.1 port 5000 [preauth]", { ...PEER, user: "mo" }],
    ["Connection closed by 203.0.113.1 port 5000 [preauth]", { ...PEER, action: "ssh_disconnect" }],
    ["Received disconnect from 203.0.113.1 port 5000:11: disconnected by user", PEER],
    ["Received disconnect from 203.0.113.1: 11: Bye Bye", { sourceipaddress: "203.0.113.1" }],
    ["Disconnecting invalid user mo 203.0.113.1 port 5000: Too many authentication failures", { ...PEER, user: "mo" }],
    ["Did not receive identification string from 203.0.113.1", { sourceipaddress: "203.0.113.1", success: false }],
    ["Connection from 203.0.113.1 port 5000 on 192.0.2.1 port 22", { ...PEER, destinationipaddress: "192.0.2.1" }],
    ["Unable to negotiate with 203.0.113.1 port 5000: no matching cipher found", { ...PEER, success: false }],
    ["Bad protocol version identification 'GET / HTTP/1.1' from 203.0.113.1 port 5000", PEER],
    ["Starting session: shell on pts/0 for mo from 203.0.113.1 port 5000 id 0", { ...PEER, user: "mo" }],
    ["reverse mapping checking getaddrinfo for a.example.com [203.0.113.1] failed.", { action: "ssh_connection" }],
    ["message repeated 3 times: [ Failed password for mo from 203.0.113.1 port 5000 ssh2]", { ...PEER, user: "mo" }],
    ["input_userauth_request: invalid user mo [preauth]", { user: "mo", success: false }],
    ["PAM 2 more authentication failures; logname= uid=0 rhost=203.0.113.1  user=mo", { user: "mo", success: false }],
  ])("%s", (text, said) => expect(says(text)).toMatchObject(said));

  test.each([
    ["a login that PAM asks more of", "Postponed publickey for mo from 203.0.113.1 port 5000 ssh2"],
    ["the end of a session", "pam_unix(sshd:session): session closed for user mo"],
  ])("success is not known of %s", (_, text) => {
    expect(says(text)).toMatchObject({ user: "mo" });
    expect(says(text)).not.toHaveProperty("success");
  });

  test("a user whose name is made to look like an address does not hide the real one", () => {
    const name = "x from 192.0.2.66 port 1 ssh2";
    expect(says(`Failed password for invalid user ${name} from 203.0.113.1 port 5000 ssh2`)).toMatchObject({
      ...PEER,
      user: name,
    });
  });

  test("a host's name is no address", () => {
    const details = says("Accepted password for mo from a.example.com port 5000 ssh2");
    expect(details).toMatchObject({ user: "mo", success: true });
    expect(details).not.toHaveProperty("sourceipaddress");
  });

  test("another program's words pass it by", () => {
    const message = "<86>Sep 15 11:00:00 web1 login[1]: Failed password for mo from 203.0.113.1 port 5000 ssh2";
    expect(run(JSON.stringify({ message }))).toMatchObject({ source: "syslog", category: "host" });
  });
});
