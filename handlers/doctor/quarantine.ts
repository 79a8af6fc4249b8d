import { hoursPredicate } from "../cli/hours.ts";
import { findingsOf } from "./finding.ts";
import { type Check, DATABASE } from "./lake.ts";

const HOUR_MS = 3_600_000;

/** The hours that are compared: the recent ones with those before them. */
const RECENT_HOURS = 6;
const ALL_HOURS = 24;

/** Fewer than this in the recent hours are a producer's slip; the template's alarm takes as many in five minutes. */
const MANY = 100;

/** Growth over the rate before, from which on it is a fault and no habit. */
const GROWTH = 2;

/** What could not be made an event, by reason: more than before, or many all the time. */
export const quarantine: Check = {
  name: "quarantine",
  async run(lake) {
    const { found, problem, warning } = findingsOf("quarantine", `athena ${DATABASE}.quarantine`);
    for (const [code, all, recent, example] of await lake.read.query(sqlAt(lake.now))) {
      const [now, before] = [Number(recent), Number(all) - Number(recent)];
      if (now < MANY) continue;
      const usual = before / (ALL_HOURS - RECENT_HOURS);
      const grows = now / RECENT_HOURS > GROWTH * usual;
      const what = `${now} records became ${code} in ${RECENT_HOURS} hours, ${before} in the ${ALL_HOURS - RECENT_HOURS} before: ${example}`;
      (grows ? problem : warning)(
        what,
        `lake quarantine --code ${code} --from ${RECENT_HOURS}h; lake redrive --code ${code} afterwards`,
      );
    }
    return found;
  },
};

function sqlAt(now: number): string {
  const since = new Date(now - RECENT_HOURS * HOUR_MS).toISOString().slice(0, 19);
  return `SELECT code, count(*) AS entries, count_if(arrival >= '${since}') AS recent, max_by(message, arrival) AS example
FROM quarantine
WHERE ${hoursPredicate({ from: now - ALL_HOURS * HOUR_MS, to: now + HOUR_MS })}
GROUP BY code
ORDER BY 3 DESC`;
}
