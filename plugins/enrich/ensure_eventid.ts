import { definePlugin } from "../../core/plugin.ts";

/**
 * Gives an event that has none an eventid from its place in the stream, so that a retry, a replay and a second
 * delivery give the same id.
 */
export default definePlugin({
  name: "ensure_eventid",
  registration: ["*"],
  priority: 10,
  adds: [],
  shallow: true,
  fields: [],
  onMessage(event, metadata) {
    event.eventid ||= metadata.eventid();
    return event;
  },
  examples: [{ in: '{"eventid":"mine","source":"okta","details":{}}', out: { eventid: "mine" } }],
});
