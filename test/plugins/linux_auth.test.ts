import { describe, expect, test } from "vitest";
import linuxAuth from "../../plugins/normalize/linux_auth.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function said(program: string, message: string) {
  const { source, details } = run(JSON.stringify({ message: `<86>Sep 15 11:00:00 web1 ${program}[7]: ${message}` }));
  return [source, details.action, details.user, details.targetuser, details.success];
}

describe("linux_auth", () => {
  contract(linuxAuth, "linux_auth");
  expectFixture("linux_auth");

  test.each([
    ["su", "FAILED su for root by mo", ["su", "mo", "root", false]],
    ["su", "+ /dev/pts/1 mo:root", ["su", "mo", "root", true]],
    ["su", "- pts/1 mo-root", ["su", "mo", "root", false]],
    ["su", "(to root) mo on pts/0", ["su", "mo", "root", true]],
    ["su", "pam_unix(su:session): session opened for user root by mo(uid=0)", ["session_opened", "mo", "root", true]],
    ["login", "LOGIN ON tty1 BY mo", ["login", "mo", undefined, true]],
    ["login", "ROOT LOGIN  ON tty1", ["login", "root", undefined, true]],
    ["login", "FAILED LOGIN 1 FROM tty1 FOR mo, Authentication failure", ["login", "mo", undefined, false]],
    ["systemd-logind", "New session 5 of user mo.", ["session_opened", "mo", undefined, true]],
    ["CRON", "(root) CMD (/usr/local/bin/backup)", ["cron", "root", undefined, undefined]],
    ["useradd", "failed adding user 'eve', exit code: 9", ["user_added", undefined, "eve", false]],
    ["usermod", "add 'eve' to group 'wheel'", ["group_changed", undefined, "eve", true]],
    ["usermod", "lock user 'eve' password", ["user_changed", undefined, "eve", true]],
    ["gpasswd", "user eve added by root to group wheel", ["group_changed", "root", "eve", true]],
    ["groupdel", "group 'ops' removed", ["group_deleted", undefined, undefined, true]],
    ["chage", "changed password expiry for eve", ["user_changed", undefined, "eve", true]],
    [
      "vsftpd",
      "pam_unix(vsftpd:auth): authentication failure; rhost=192.0.2.7 user=mo",
      ["authentication", "mo", undefined, false],
    ],
    [
      "login",
      "pam_faillock(login:auth): Consecutive login failures for user mo account temporarily locked",
      ["account_locked", "mo", undefined, false],
    ],
  ])("%s: %s", (program, message, expected) => {
    expect(said(program, message)).toEqual(["linux_auth", ...expected]);
  });

  test("what these programs say of anything else is a syslog line", () => {
    expect(said("CRON", "(CRON) INFO (No MTA installed, discarding output)")[0]).toBe("syslog");
    expect(said("nginx", "new user: name=eve, UID=1")[0]).toBe("syslog");
  });
});
