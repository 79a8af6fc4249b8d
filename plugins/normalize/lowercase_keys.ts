import { documentOf, eventOf } from "../../core/event.ts";
import { keepCollisions, lowercaseKeys } from "../../core/keys.ts";
import { definePlugin } from "../../core/plugin.ts";

/**
 * Lower-cases every key at any depth, so that a query need not know how a producer spells its fields.
 *
 * Of keys that differ only by case the last wins, as the original had it; what the others held is kept in
 * `details._collisions`, a list of `{key, value}` with the key as it arrived.
 */
export default definePlugin({
  name: "lowercase_keys",
  registration: ["*"],
  priority: 1,
  adds: ["_collisions"],
  shallow: true,
  fields: [],
  isScan: true,
  onMessage(event, { index }) {
    const document = lowercaseKeys(documentOf(event), index);
    keepCollisions(document, index);
    return eventOf(document);
  },
  examples: [
    { in: '{"eventName":"ConsoleLogin","List":[{"ARN":1}]}', out: { eventname: "ConsoleLogin", list: [{ arn: 1 }] } },
    { in: '{"A":1,"a":2}', out: { a: 2, _collisions: [{ key: "A", value: 1 }] } },
  ],
});
