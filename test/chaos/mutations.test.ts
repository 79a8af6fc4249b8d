/** Tests of the test: each mutation of the consumer is a mistake that the suite is there to find, and must find. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { synthesize } from "../../infra/local/synth.ts";
import { chaosAssembly, type Mutation } from "./assembly.ts";
import { reportOf } from "./report.ts";
import { runChaos } from "./run.ts";

/** Nothing but ordinary payloads: what is lost does not come again for another reason. */
const PLAIN = { seed: 6, events: 700 };

/** Two payloads of 1 MiB, which have to come again, among the first 50. */
const LARGE = { seed: 101, events: 300 };

const folder = mkdtempSync(join(tmpdir(), "lake-mutations-"));
const base = join(folder, "base");
beforeAll(() => synthesize(base));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DELIVERY = "handlers/delivery.ts";
const CONSUMER = "handlers/consumer.ts";

interface Mistake {
  readonly mutation?: Mutation;
  readonly corpus: typeof PLAIN;
  /** The problem that it must make. */
  readonly found?: RegExp;
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "no mistake": { corpus: LARGE },
  "no second try for failed entries": {
    mutation: { file: DELIVERY, from: "if (!answer.again || Date.now() + wait >= deadline)", to: "if (retries >= 0)" },
    corpus: PLAIN,
    found: /documents given back though there was time/,
  },
  "a call that is refused in part taken for delivered": {
    mutation: { file: DELIVERY, from: "RequestResponses[position]?.RecordId === undefined", to: "position < 0" },
    corpus: PLAIN,
    found: /^lost: .* is not (among the events|in quarantine)/,
  },
  "eventID reported instead of the sequence number": {
    mutation: {
      file: CONSUMER,
      from: "event.Records[i]?.kinesis.sequenceNumber ??",
      to: "event.Records[i]?.eventID ??",
    },
    corpus: LARGE,
    found: /answers named a record that was not in the batch/,
  },
  "no report of what could not be forwarded": {
    mutation: { file: CONSUMER, from: "toComeAgain.flatMap(", to: "toComeAgain.slice(0, 0).flatMap(" },
    corpus: LARGE,
    found: /^lost: .* is not in quarantine/,
  },
  "ids that change with each delivery": {
    mutation: {
      file: "plugins/enrich/ensure_eventid.ts",
      from: "||= metadata.eventid()",
      to: "||= String(Math.random())",
    },
    corpus: PLAIN,
    found: /^unexplained: event .* of no record/,
  },
};

describe.concurrent("the chaos suite, with a consumer that has", () => {
  test.each(Object.entries(MISTAKES))("%s", { timeout: 180_000 }, async (name, { mutation, corpus, found }) => {
    const place = join(folder, name.replaceAll(" ", "-"));
    const dir = join(place, "lake");
    mkdirSync(dir, { recursive: true });
    const assembly = await chaosAssembly(place, { base, mutation });
    const share = ({ documents }: { documents: number }) => documents / corpus.events;
    const run = await runChaos({ seed: corpus.seed, startMs: Date.now(), dir, assembly, kills: 0, share });
    const { problems } = reportOf(run);
    if (found) expect(problems).toContainEqual(expect.stringMatching(found));
    else expect(problems).toEqual([]);
  });
});
