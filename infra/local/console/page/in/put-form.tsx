// A form that puts events on the stream, a line each.
import { signal } from "@preact/signals";
import { announce } from "../announce.ts";
import { call, errorText } from "../api.ts";
import { counted } from "../format.ts";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";

const SAMPLE = `{"eventName":"Hello","sourceIPAddress":"192.0.2.7"}\n`;

const lines = signal(SAMPLE);
const said = signal<string | undefined>(undefined);
const problem = signal<string | undefined>(undefined);
const busy = signal(false);

export function PutForm() {
  return (
    <Panel title="Events">
      <form
        class="put"
        onSubmit={(event) => {
          event.preventDefault();
          void put();
        }}
      >
        <label for="put-lines">Events, each on a line of its own. A line that is no JSON is quarantined.</label>
        <textarea
          id="put-lines"
          rows={12}
          spellcheck={false}
          value={lines.value}
          onInput={({ currentTarget }) => {
            lines.value = currentTarget.value;
          }}
        />
        <div class="buttons">
          <button type="submit" class="primary" disabled={busy.value}>
            Put on the stream
          </button>
          {said.value && <span class="good">✓ {said.value}</span>}
        </div>
        <Problem text={problem.value} />
      </form>
    </Panel>
  );
}

async function put(): Promise<void> {
  busy.value = true;
  said.value = undefined;
  problem.value = undefined;
  try {
    const { records, failed } = await call<{ records: number; failed: number }>("/api/put", {
      method: "POST",
      body: lines.value,
    });
    said.value = `${counted(records - failed, "record")} put`;
    announce(`${said.value}.`);
    if (failed > 0) problem.value = `${counted(failed, "record")} failed; put them again.`;
  } catch (error) {
    problem.value = errorText(error);
  }
  busy.value = false;
}
