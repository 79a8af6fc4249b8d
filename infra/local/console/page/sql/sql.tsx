// View: a query, its answer as a table and, where it has the shape, as a chart.
import { computed } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { LazyEditor } from "../parts/lazy.tsx";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";
import { Answered } from "./answered.tsx";
import { answer, loadSchema, problem, run, running, schema, stop, text } from "./query.ts";
import { Questions } from "./questions.tsx";

/** Where the last query went wrong, while its text is still what was asked. */
const mark = computed(() => {
  const error = answer.value?.error;
  if (error?.line === undefined) return undefined;
  return { line: error.line, column: error.column ?? 1, message: error.message };
});

export function SqlView() {
  useEffect(() => void loadSchema(), []);
  return (
    <div class="workbench">
      <Questions />
      <div class="stack">
        <Panel title="Query" aside={<Buttons />}>
          <QueryEditor />
          <Problem text={problem.value} />
        </Panel>
        <Answered />
      </div>
    </div>
  );
}

function Buttons() {
  const busy = running.value !== undefined;
  return (
    <div class="buttons">
      <span class="aside hint">Ctrl or ⌘ + Enter</span>
      <button type="button" class="primary" onClick={run}>
        Run
      </button>
      <button type="button" disabled={!busy} onClick={stop}>
        Stop
      </button>
    </div>
  );
}

/** The language comes with the editor's code, once that is asked for. */
function QueryEditor() {
  const [trino, setTrino] = useState<typeof import("./language.ts").trino | undefined>();
  useEffect(() => {
    import("./language.ts").then((module) => setTrino(() => module.trino));
  }, []);
  const known = schema.value;
  const language = useMemo(() => trino?.(known), [trino, known]);
  if (!language) return <div class="editor" aria-busy="true" />;
  return <LazyEditor label="SQL" text={text} run={run} language={language} mark={mark.value} />;
}
