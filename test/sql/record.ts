/**
 * Records what a real Trino server answers to each construct of constructs.sql: `node test/sql/record.ts`.
 *
 * Needs Java 17 and Maven, which fetches about 95 MB on the first run, into a folder that is kept below the system's
 * temporary one. 435 is the newest Trino that Java 17 runs; its engine answers without a server's network and connectors.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readConstructs } from "./constructs.ts";

const VERSION = "435";
const folder = join(tmpdir(), `lake-trino-${VERSION}`);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>lake</groupId><artifactId>record</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>`;

if (!existsSync(join(folder, "lib"))) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "pom.xml"), POM);
  const goal = ["dependency:copy-dependencies", "-DoutputDirectory=lib"];
  execFileSync("mvn", ["-q", "-B", ...goal], { cwd: folder, stdio: "inherit" });
}
const constructs = readConstructs(readFileSync(here("constructs.sql"), "utf8"));
const printed = execFileSync("java", ["-cp", join(folder, "lib", "*"), here("Record.java")], {
  input: constructs.map((sql) => `${sql}\n`).join(""),
  encoding: "utf8",
  maxBuffer: 2 ** 26,
  stdio: ["pipe", "pipe", "ignore"],
});
const answers = printed.split("\n").filter((line) => line.startsWith("{")); // the virtual machine warns among them
writeFileSync(here("answers.ndjson"), answers.map((line) => `${line}\n`).join(""));
console.log(`${answers.length} answers of Trino ${VERSION} recorded`);
