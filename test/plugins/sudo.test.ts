import { describe, expect, test } from "vitest";
import sudo from "../../plugins/normalize/sudo.ts";
import { contract, run } from "../contract.ts";
import { expectFixture } from "../expected.ts";

function says(text: string) {
  return run(JSON.stringify({ program: "sudo", pid: "1", message: text })).details;
}

describe("sudo", () => {
  contract(sudo, "sudo");
  expectFixture("sudo");

  test.each([
    ["a password", "mo : a password is required ; PWD=/ ; USER=root ; COMMAND=/bin/ls", false],
    ["a command", "mo : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", false],
    ["one attempt", "mo : 1 incorrect password attempt ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls", false],
    ["nothing", "mo : TTY=pts/0 ; PWD=/ ; USER=root ; ENV=A=b ; COMMAND=/bin/ls", true],
  ])("success: refused for %s", (_, text, success) => {
    expect(says(text)).toMatchObject({ user: "mo", targetuser: "root", success, command: "/bin/ls" });
  });

  test("the command is kept whole", () => {
    expect(says("mo : PWD=/ ; USER=root ; COMMAND=/bin/echo a ; USER=x").command).toBe("/bin/echo a ; USER=x");
  });

  test.each([
    ["a continued command", "mo : (command continued) --more"],
    ["an error of sudo's own", "unable to resolve host web1"],
  ])("%s tells no user and no outcome", (_, text) => {
    expect(says(text)).not.toHaveProperty("user");
    expect(says(text)).not.toHaveProperty("success");
  });

  test("PAM's other words", () => {
    expect(says("pam_unix(sudo:auth): auth could not identify password for [mo]")).toMatchObject({
      user: "mo",
      success: false,
    });
  });
});
