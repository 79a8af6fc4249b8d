import { describe, expect, test } from "vitest";
import type { LakeEvent } from "../../core/event.ts";
import type { JsonObject } from "../../core/json.ts";
import { claim, saidIn, setCommon, severityOf, userIn } from "../../core/vendor.ts";

function eventWith(columns: Partial<LakeEvent>): LakeEvent {
  const shell = { utctimestamp: "", severity: "INFO", summary: "UNKNOWN", category: "UNKNOWN", source: "UNKNOWN" };
  return { ...shell, tags: [], plugins: [], details: {}, ...columns };
}

function common(details: JsonObject, fields: Parameters<typeof setCommon>[1]): JsonObject {
  setCommon(details, fields);
  return details;
}

describe("claim", () => {
  test("what the vendor put in the columns is kept, the defaults are not", () => {
    const event = eventWith({ category: "SignInLogs", severity: "high" });
    claim(event, "x");
    expect(event).toMatchObject({ source: "x", details: { category: "SignInLogs", severity: "high" } });
    expect(Object.keys(event.details)).toHaveLength(2);
  });

  test("an event that is the source's already keeps its details", () => {
    const event = eventWith({ source: "x", category: "web" });
    claim(event, "x");
    expect(event.details).toEqual({});
  });

  test.each([
    ["before", eventWith({ category: "A" }), "A"],
    ["after", eventWith({ source: "x", category: "web", details: { category: "A" } }), "A"],
    ["where it said nothing, before", eventWith({}), undefined],
    ["where it said nothing, after", eventWith({ source: "x", category: "web" }), undefined],
    ["where it is an object", eventWith({ details: { category: {} } }), undefined],
  ])("what it said is found %s", (_, event, said) => expect(saidIn(event, "x", "category")).toBe(said));
});

describe("setCommon", () => {
  test.each([
    ["an address with its port", { sourceipaddress: "192.0.2.1:5" }, { sourceipaddress: "192.0.2.1", sourceport: 5 }],
    ["a port that is given", { sourceipaddress: "192.0.2.1:5", sourceport: "6" }, { sourceport: 6 }],
    ["an e-mail address", { user: " Mo@Example.com " }, { user: "mo@example.com" }],
    ["a name", { user: "Mo" }, { user: "Mo" }],
    ["a number", { account: 12 }, { account: "12" }],
  ])("%s", (_, fields, details) => expect(common({}, fields)).toMatchObject(details));

  test("what names nothing sets nothing", () => {
    const fields = { sourceipaddress: "web1", sourceport: 0, user: "N/A", hostname: "-", action: "", region: {} };
    expect(common({}, fields)).toEqual({});
  });

  test("an object of the vendor's stays, a text gives way; user is always a text, its object beside it", () => {
    const details = { user: { id: 1 }, hostname: { id: 2 }, action: "x" };
    expect(common(details, { user: "mo", hostname: "h", action: "y" })).toEqual({
      user: "mo",
      _user: { id: 1 },
      hostname: { id: 2 },
      action: "y",
    });
  });

  test("an address that was taken for the wrong end is taken away", () => {
    const details = common({ sourceipaddress: "192.0.2.1" }, { destinationipaddress: "192.0.2.1" });
    expect(details).toEqual({ destinationipaddress: "192.0.2.1", _ipaddresses: ["192.0.2.1"] });
  });
});

test.each([
  ["HIGH", "ERROR"],
  [" warn ", "WARNING"],
  ["Informational", "INFO"],
  ["purple", undefined],
  [4, undefined],
])("severity: %s is %s", (word, severity) => expect(severityOf(word)).toBe(severity));

test.each([["-"], ["Unknown"], [""], [null], [{}]])("%j is nobody", (user) => expect(userIn(user)).toBeUndefined());
