/**
 * The questions that analysts ask most, saved in the workgroup. They ask for the fields that plugins set for every source
 * (`user`, `sourceipaddress`, `success`...), and each names its days, so that none reads the whole lake.
 */

export interface SavedQuery {
  name: string;
  description: string;
  sql: string;
}

/** Today in UTC. The columns stand alone and are compared with text: what wraps them would not be pruned. */
export const TODAY = `year = date_format(current_timestamp AT TIME ZONE 'UTC', '%Y')
  AND month = date_format(current_timestamp AT TIME ZONE 'UTC', '%m')
  AND day = date_format(current_timestamp AT TIME ZONE 'UTC', '%d')`;

/** This month and the last: a baseline to tell today from. */
const TWO_MONTHS = `((year = date_format(current_timestamp AT TIME ZONE 'UTC', '%Y')
      AND month = date_format(current_timestamp AT TIME ZONE 'UTC', '%m'))
    OR (year = date_format(date_add('month', -1, current_timestamp) AT TIME ZONE 'UTC', '%Y')
      AND month = date_format(date_add('month', -1, current_timestamp) AT TIME ZONE 'UTC', '%m')))`;

const EVENTS = "FROM defenda_data_lake.events";

/** A field of the details as text. */
const field = (path: string): string => `json_extract_scalar(details, '$.${path}')`;

const LOGINS_WITHOUT_MFA = `SELECT utctimestamp, ${field("user")} AS user_name, ${field("account")} AS account,
  ${field("sourceipaddress")} AS address, ${field("useragent")} AS agent
${EVENTS}
WHERE ${TODAY}
  AND source = 'cloudtrail'
  AND ${field("eventname")} = 'ConsoleLogin'
  AND ${field("responseelements.consolelogin")} = 'Success'
  AND ${field("additionaleventdata.mfaused")} = 'No'
  AND ${field("useridentity.type")} IN ('IAMUser', 'Root')
ORDER BY utctimestamp DESC`;

const ADDRESS_EVERYWHERE = `SELECT source, category, count(*) AS events, min(utctimestamp) AS first_seen, max(utctimestamp) AS last_seen,
  max_by(summary, utctimestamp) AS latest
${EVENTS}
WHERE ${TODAY}
  AND json_array_contains(json_extract(details, '$._ipaddresses'), '203.0.113.7')
GROUP BY source, category
ORDER BY events DESC`;

const USER_EVERYWHERE = `SELECT utctimestamp, source, category, summary, ${field("sourceipaddress")} AS address
${EVENTS}
WHERE ${TODAY}
  AND lower(coalesce(${field("user")}, ${field("username")})) = 'alice'
ORDER BY utctimestamp
LIMIT 1000`;

/** Vendors each have a place of their own for the country: Okta, Entra in two forms, 1Password and Cloudflare. */
const COUNTRY = `coalesce(${field("client.geographicalcontext.country")}, ${field("location.country")},
      ${field("location.countryorregion")}, ${field("properties.location.countryorregion")}, ${field("country")})`;

const NEW_FOR_A_USER = `WITH seen AS (
  SELECT ${field("user")} AS user_name, ${field("useragent")} AS agent,
    ${COUNTRY} AS country,
    utctimestamp, source, (${TODAY}) AS is_today
  ${EVENTS}
  WHERE ${TWO_MONTHS}
    AND ${field("user")} IS NOT NULL
), traits AS (
  SELECT user_name, 'agent' AS trait, agent AS seen_as, utctimestamp, source, is_today FROM seen WHERE agent IS NOT NULL
  UNION ALL
  SELECT user_name, 'country' AS trait, country AS seen_as, utctimestamp, source, is_today FROM seen WHERE country IS NOT NULL
)
SELECT user_name, trait, seen_as, count(*) AS events, min(utctimestamp) AS first_seen, arbitrary(source) AS source
FROM traits
WHERE user_name IN (SELECT user_name FROM traits WHERE NOT is_today)
GROUP BY user_name, trait, seen_as
HAVING count_if(NOT is_today) = 0
ORDER BY first_seen`;

/** VPC flow logs; Zeek; Suricata. */
const BYTES = `coalesce(TRY_CAST(${field("bytes")} AS bigint),
    TRY_CAST(${field("orig_bytes")} AS bigint) + TRY_CAST(${field("resp_bytes")} AS bigint),
    TRY_CAST(${field("flow.bytes_toserver")} AS bigint) + TRY_CAST(${field("flow.bytes_toclient")} AS bigint), 0)`;

const TOP_TALKERS = `SELECT ${field("sourceipaddress")} AS from_address, ${field("destinationipaddress")} AS to_address,
  count(*) AS flows, sum(${BYTES}) AS bytes
${EVENTS}
WHERE ${TODAY}
  AND category = 'network'
GROUP BY 1, 2
ORDER BY bytes DESC, flows DESC
LIMIT 50`;

const FAILURES_BY_USER = `SELECT coalesce(${field("user")}, ${field("username")}, 'unknown') AS user_name, source, count(*) AS failures,
  count(DISTINCT ${field("sourceipaddress")}) AS addresses, max(utctimestamp) AS latest, max_by(summary, utctimestamp) AS example
${EVENTS}
WHERE ${TODAY}
  AND ${field("success")} = 'false'
GROUP BY 1, 2
ORDER BY failures DESC
LIMIT 50`;

/** Some sources file looking at identities under the category too. */
const IDENTITY_CHANGES = `SELECT utctimestamp, source, ${field("user")} AS user_name, ${field("targetuser")} AS target, summary
${EVENTS}
WHERE ${TODAY}
  AND category = 'iam'
  AND NOT regexp_like(lower(coalesce(${field("action")}, '')), '^(get|list|describe|view|read|simulate)')
ORDER BY utctimestamp DESC
LIMIT 500`;

const LATE_EVENTS = `SELECT source, category, count(*) AS events, min(utctimestamp) AS oldest, max(utctimestamp) AS newest
${EVENTS}
WHERE ${TODAY}
  AND (contains(tags, 'late') OR contains(tags, 'future'))
GROUP BY source, category
ORDER BY events DESC`;

const PLUGIN_ERRORS = `SELECT source, category, count(*) AS events, max(utctimestamp) AS latest, arbitrary(eventid) AS example
${EVENTS}
WHERE ${TODAY}
  AND contains(tags, 'plugin_error')
GROUP BY source, category
ORDER BY events DESC`;

const EVENTS_PER_HOUR = `SELECT hour, source, count(*) AS events, count(DISTINCT eventid) AS distinct_events
${EVENTS}
WHERE ${TODAY}
GROUP BY hour, source
ORDER BY hour, events DESC`;

/** Characters of the details, uncompressed: Athena documents no column that has the size of an object. */
const BYTES_PER_HOUR = `SELECT year, month, day, hour, count(DISTINCT "$path") AS objects, count(*) AS events,
  sum(length(details)) AS characters, sum(length(details)) / count(*) AS characters_per_event
${EVENTS}
WHERE ${TODAY}
GROUP BY year, month, day, hour
ORDER BY hour`;

export const QUESTIONS: readonly SavedQuery[] = [
  {
    name: "Console logins without MFA",
    description: "Today's AWS console logins of IAM users and root that used no second factor",
    sql: LOGINS_WITHOUT_MFA,
  },
  {
    name: "An address across all sources",
    description: "What every source saw of an address today; set the address",
    sql: ADDRESS_EVERYWHERE,
  },
  {
    name: "A user across all sources",
    description: "What a user did today, in order; set the name, in lower case",
    sql: USER_EVERYWHERE,
  },
  {
    name: "New countries and agents of users",
    description:
      "Countries and user agents of today that a user had neither this month nor the last; reads both months",
    sql: NEW_FOR_A_USER,
  },
  { name: "Top talkers", description: "Pairs of addresses by the bytes they exchanged today", sql: TOP_TALKERS },
  {
    name: "Failures by user",
    description: "Who failed most today, from how many addresses, and at what",
    sql: FAILURES_BY_USER,
  },
  {
    name: "Changes to identities",
    description: "Users, groups, roles and keys that were made or changed today",
    sql: IDENTITY_CHANGES,
  },
  {
    name: "Late events",
    description: "Events filed under today because they came too late, or are dated ahead, by source",
    sql: LATE_EVENTS,
  },
  {
    name: "Plugin errors",
    description: "Events of today that a plugin failed on, and one of each",
    sql: PLUGIN_ERRORS,
  },
  {
    name: "Events per hour by source",
    description: "How many events each source sent in each hour of today; gaps are sources that fell silent",
    sql: EVENTS_PER_HOUR,
  },
  {
    name: "Size of each hour",
    description: "Objects, events and characters in each hour partition of today",
    sql: BYTES_PER_HOUR,
  },
];
