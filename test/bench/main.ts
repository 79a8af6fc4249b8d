import { differences } from "./check.ts";
import { withRevision } from "./compare.ts";
import { type Corpus, createCorpus } from "./corpus.ts";
import type { FormatName } from "./formats.ts";
import { measureAllocation } from "./memory.ts";
import { HELP, type Options, optionsIn, UsageError } from "./options.ts";
import { measurePlugins } from "./plugin-times.ts";
import { createFloor, createProduct } from "./product.ts";
import { type Lanes, type Race, race } from "./race.ts";
import { reportOf, textOf } from "./report.ts";
import { SETS } from "./sets.ts";
import { measureStages } from "./stages.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = optionsIn(args);
    if (options === "help") console.log(HELP);
    return options === "help" ? 0 : await benchEach(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`bench: ${error.message}; npm run bench -- --help shows the options`);
    return 2;
  }
}

async function benchEach(options: Options): Promise<number> {
  for (const format of options.formats) {
    const code = await bench(options, format);
    if (code !== 0) return code;
  }
  return 0;
}

async function bench(options: Options, format: FormatName): Promise<number> {
  const { seconds, events, plugins, json } = options;
  const corpus = createCorpus(events, format);
  const differing = await differences(corpus, plugins);
  if (differing.length > 0) {
    console.error(`bench: what comes out is not what went in; nothing was timed\n${differing.join("\n")}`);
    return 1;
  }
  // Stages and plugins are taken apart where a record is an event: how it came makes no difference to them.
  const isPlain = format === "plain";
  const report = reportOf(corpus, plugins, {
    race: await raceOf(corpus, options),
    allocation: isPlain ? await measureAllocation(corpus, SETS[plugins]) : undefined,
    stages: isPlain ? measureStages(corpus, SETS[plugins], seconds / 4) : undefined,
    plugins: isPlain ? measurePlugins(corpus, SETS[plugins], seconds / 4) : undefined,
  });
  console.log(json ? JSON.stringify(report) : textOf(report));
  return 0;
}

async function raceOf(corpus: Corpus, { plugins, compare, seconds }: Options): Promise<Race> {
  const lanes: Lanes = { floor: createFloor(corpus.format), product: createProduct(SETS[plugins]) };
  if (compare === undefined) return race(corpus, lanes, seconds);
  return withRevision(compare, (other) => {
    const set = other.SETS[plugins];
    if (!set) throw new UsageError(`${compare} has no plugin set ${plugins}`);
    return race(corpus, { ...lanes, [compare]: other.createProduct(set) }, seconds);
  });
}
