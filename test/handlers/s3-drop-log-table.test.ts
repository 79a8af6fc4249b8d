import { describe, expect, test } from "vitest";
import { piecesOf } from "../../handlers/s3-drop/formats.ts";
import { run } from "../contract.ts";

async function* inParts(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The pieces of a text that comes in parts: what a document says, and the kind of any other. */
async function read(text: string, size = 1 << 16): Promise<unknown[]> {
  const pieces = [];
  for await (const some of piecesOf("logs/a.log.gz", inParts(text, size))) pieces.push(...some);
  return pieces.map((piece) => (piece.kind === "document" ? JSON.parse(piece.bytes.toString()) : piece.kind));
}

const FLOWS = `vpc-id action srcaddr dstaddr dstport start end log-status account-id
vpc-0a1b REJECT 203.0.113.7 10.0.0.5 22 1600170018 1600170077 OK 123456789012
vpc-0a1b - - - - 1600170078 1600170137 NODATA 123456789012
`;

const CLOUDFRONT = [
  "#Version: 1.0",
  "#Fields: date time x-edge-location c-ip cs-method cs(Host) cs-uri-stem sc-status x-edge-result-type cs(User-Agent)",
  "2020-09-15\t11:48:19\tFRA2-C1\t203.0.113.7\tGET\td1.cloudfront.net\t/a%20b\t403\tError\t-",
  "2020-09-15\t11:48:20\tFRA2-C1\t2001:db8::7\tGET\td1.cloudfront.net\t/\t200\tHit\tcurl/7.68.0",
].join("\r\n");

describe("logs whose first lines name their fields", () => {
  test.each([100, 1 << 16])("a flow log of any order, in parts of %i bytes", async (size) => {
    const [first, second] = await read(FLOWS, size);
    expect(run(JSON.stringify(first))).toMatchObject({
      source: "vpcflow",
      utctimestamp: "2020-09-15T11:40:18+00:00",
      details: { sourceipaddress: "203.0.113.7", destinationipaddress: "10.0.0.5", success: false },
    });
    expect(second).toEqual({
      "vpc-id": "vpc-0a1b",
      start: "1600170078",
      end: "1600170137",
      "log-status": "NODATA",
      "account-id": "123456789012",
    });
    expect(run(JSON.stringify(second)).source).toBe("vpcflow");
  });

  test("CloudFront's, with its directives, and lines that end as Windows' do", async () => {
    const [first, second, ...more] = await read(CLOUDFRONT);
    expect(more).toEqual([]);
    expect(run(JSON.stringify(first))).toMatchObject({
      source: "cloudfront",
      utctimestamp: "2020-09-15T11:48:19+00:00",
      details: { sourceipaddress: "203.0.113.7", success: false },
    });
    expect(second).toMatchObject({ "c-ip": "2001:db8::7", "cs(User-Agent)": "curl/7.68.0" });
  });

  test("fields may be named anew, as IIS does", async () => {
    const text = "#Software: IIS\n#Fields: date c-ip\n2020-09-15 192.0.2.1\n#Fields: c-ip sc-status\n192.0.2.2 200\n";
    expect(await read(text)).toEqual([
      { date: "2020-09-15", "c-ip": "192.0.2.1" },
      { "c-ip": "192.0.2.2", "sc-status": "200" },
    ]);
  });

  test("a line of another length is broken, and one that no record holds an error", async () => {
    const long = "x".repeat(1_100_000);
    expect(await read(`${FLOWS}one two\n${long}\nvpc-0a1b${FLOWS.split("vpc-0a1b")[1]}`)).toEqual([
      expect.anything(),
      expect.anything(),
      "broken",
      "error",
      expect.objectContaining({ action: "REJECT" }),
    ]);
  });

  test.each([
    ["JSON", '{"srcaddr":"192.0.2.1"}\n'],
    ["a line of words", "the srcaddr and the dstaddr of a flow are not here\n"],
    ["nothing", ""],
  ])("%s is no such log", async (_, text) => {
    const pieces = await read(text);
    expect(pieces.some((piece) => typeof piece === "object" && Object.keys(Object(piece)).includes("the"))).toBe(false);
  });
});
