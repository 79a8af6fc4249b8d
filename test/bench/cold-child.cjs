// One cold start, in a process of its own: loads a bundle, has it take one batch, and prints when each was done, in
// milliseconds since the process began. Plain JavaScript: stripping types would be part of what is timed.
const { readFileSync } = require("node:fs");

const [, , bundle, eventFile] = process.argv;
const before = performance.now();
const { handler } = require(bundle);
const loaded = performance.now();
const event = JSON.parse(readFileSync(eventFile, "utf8"));
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true; // the batch's log line
handler(event, { functionName: "cold", getRemainingTimeInMillis: () => 60_000 }).then((answer) => {
  const done = performance.now();
  const failed = answer?.batchItemFailures?.length ?? 0;
  write(JSON.stringify({ init: loaded - before, done, failed }), () => process.exit());
});
