// Recent events to pick from, by hour and source.
import { useSignal } from "@preact/signals";
import type { StoredEvent } from "../../contract.ts";
import { valueText } from "../json.ts";
import { visible } from "../visible.ts";
import { loadRecent, pick, recent } from "./run.ts";

/** Events in the list: what can be looked through. */
const MOST = 50;
const CHARACTERS = 140;

export function Picker() {
  const hour = useSignal("");
  const source = useSignal("");
  return (
    <details class="panel picker" onToggle={({ currentTarget }) => currentTarget.open && loadRecent("", "")}>
      <summary>
        <h2>Pick a recent event</h2>
      </summary>
      <form
        class="choices"
        onSubmit={(event) => {
          event.preventDefault();
          void loadRecent(hour.value.slice(0, 13), source.value);
        }}
      >
        <label>
          Hour, UTC{" "}
          <input
            type="datetime-local"
            step={3600}
            value={hour.value}
            onInput={({ currentTarget }) => {
              hour.value = currentTarget.value;
            }}
          />
        </label>
        <label>
          Source{" "}
          <input
            type="text"
            value={source.value}
            onInput={({ currentTarget }) => {
              source.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit">Find</button>
      </form>
      <ul class="events">
        {recent.value?.slice(0, MOST).map((event, i) => (
          <li key={i}>
            <button type="button" class="question" onClick={() => pick(event)}>
              {lineOf(event)}
            </button>
          </li>
        ))}
      </ul>
      {recent.value?.length === 0 && <p class="empty">No event in that hour and source.</p>}
    </details>
  );
}

function lineOf(event: StoredEvent): string {
  const { utctimestamp, source, summary } = event;
  const texts = [valueText(utctimestamp).slice(0, 19), valueText(source), valueText(summary)];
  return visible(texts.join("  ").slice(0, CHARACTERS)).replaceAll("\n", " ");
}
