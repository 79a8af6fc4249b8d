import { describe, expect, test } from "vitest";
import auditd from "../../plugins/normalize/auditd.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function record(type: string, fields: string, head = "") {
  return run(JSON.stringify({ message: `${head}type=${type} msg=audit(1600167600.123:1): ${fields}` }));
}

describe("auditd", () => {
  contract(auditd, "auditd");
  expectFixture("auditd");

  test("the record's fields can be asked for", () => {
    const { details } = record("USER_CMD", `pid=1 uid=1000 msg='cwd="/root" cmd="ls" terminal=pts/0 res=success'`);
    expect(details.audit).toMatchObject({ type: "USER_CMD", pid: "1", cwd: "/root", cmd: "ls", res: "success" });
    expect(details).toMatchObject({ action: "user_cmd", success: true });
  });

  test.each([
    ["a quoted account", 'acct="mo"', "mo"],
    ["an account in hexadecimal", "acct=6D6F2078", "mo x"],
    ["an account that looks like it", 'acct="CAFE"', "CAFE"],
    ["an unknown account", 'acct="(unknown)"', undefined],
    ["a question mark", "acct=?", undefined],
    ["a number", "auid=1000 uid=0", undefined],
    ["the login user's name, when it is enriched", 'auid=1000 uid=0\x1dUID="root" AUID="mo"', "mo"],
  ])("user: %s", (_, fields, user) => expect(record("USER_START", fields).details.user).toBe(user));

  test("the account of an account's change is its target", () => {
    const { details } = record("DEL_USER", `auid=1000 msg='op=delete-user acct="eve" res=success'\x1dAUID="mo"`);
    expect(details).toMatchObject({ user: "mo", targetuser: "eve" });
  });

  test.each([
    ["res", "res=1", true],
    ["res before success", "success=yes res=failed", false],
    ["success", "success=no", false],
    ["neither", "pid=1", undefined],
  ])("success: %s", (_, fields, success) => expect(record("SYSCALL", fields).details.success).toBe(success));

  test.each([
    ["a remote host by its address", "hostname=192.0.2.1 addr=?", "192.0.2.1"],
    ["a host's name is none", "hostname=web1 addr=web1", undefined],
    ["a packet's", "saddr=192.0.2.2 daddr=192.0.2.3", "192.0.2.2"],
  ])("sourceipaddress: %s", (_, fields, address) => {
    expect(record("USER_AUTH", fields).details.sourceipaddress).toBe(address);
  });

  test("the kernel's own lines have numbers for types", () => {
    const message = 'audit: type=1400 audit(1600167600.123:45): apparmor="DENIED" operation="open" comm="cat"';
    expect(run(JSON.stringify({ message })).details).toMatchObject({ action: "avc", audit: { apparmor: "DENIED" } });
  });

  test.each([
    ["a list", { USER_LOGIN: [{ pid: 1, msg: { op: "login", acct: "mo", addr: "203.0.113.1", res: "failed" } }] }],
    ["a text", { USER_LOGIN: { pid: 1, msg: 'op=login acct="mo" addr=203.0.113.1 res=failed' } }],
    ["its own fields", { USER_LOGIN: { op: "login", acct: "mo", addr: "203.0.113.1", res: "failed" } }],
  ])("Laurel has a program's message as %s", (_, records) => {
    const event = run(JSON.stringify({ ID: "1600167600.123:1", ...records }));
    expect(event).toMatchObject({ source: "auditd", category: "authentication" });
    expect(event.details).toMatchObject({ user: "mo", success: false, sourceipaddress: "203.0.113.1" });
  });

  test("the other end of a connect is the destination", () => {
    const SYSCALL = { syscall: 42, success: "yes", auid: 1000, SYSCALL: "connect", AUID: "mo" };
    const SOCKADDR = [{ saddr: "%02", SADDR: "{ saddr_fam=inet laddr=198.51.100.1 lport=443 }" }];
    const { details } = run(JSON.stringify({ ID: "1600167600.123:1", SYSCALL, SOCKADDR }));
    expect(details).toMatchObject({ user: "mo", destinationipaddress: "198.51.100.1", destinationport: 443 });
    expect(details).not.toHaveProperty("sourceipaddress");
  });

  test.each([
    ["no time", "type=USER_AUTH msg=audit(x): acct=mo"],
    ["a sentence about audits", "we did an audit(1) of type=USER"],
  ])("a text with %s passes it by", (_, message) => {
    expect(run(JSON.stringify({ message })).details).not.toHaveProperty("audit");
  });
});
