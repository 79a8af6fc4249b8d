// View: an event as it comes and as it is stored, side by side.

import type { Extension } from "@codemirror/state";
import { useEffect, useState } from "preact/hooks";
import { indentJson } from "../json.ts";
import { LazyEditor } from "../parts/lazy.tsx";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";
import { Outcome } from "./outcome.tsx";
import { Picker } from "./picker.tsx";
import { normalize, problem, raw, results, shown } from "./run.ts";

export function EventView() {
  useEffect(() => {
    if (!results.value) void normalize();
  }, []);
  return (
    <>
      <Picker />
      <Problem text={problem.value} />
      <div class="columns sides">
        <Panel title="Raw" aside={<Buttons />}>
          <RawEditor />
        </Panel>
        <Panel title="Normalized" aside={<Documents />}>
          <Outcome />
        </Panel>
      </div>
    </>
  );
}

function Buttons() {
  return (
    <div class="buttons">
      <span class="aside hint">Ctrl or ⌘ + Enter</span>
      <button
        type="button"
        onClick={() => {
          raw.value = indentJson(raw.value);
        }}
      >
        Indent
      </button>
      <button type="button" class="primary" onClick={normalize}>
        Run
      </button>
    </div>
  );
}

function RawEditor() {
  const [language, setLanguage] = useState<Extension | undefined>();
  useEffect(() => {
    import("@codemirror/lang-json").then(({ json }) => setLanguage(json()));
  }, []);
  if (!language) return <div class="editor" aria-busy="true" />;
  return (
    <LazyEditor
      label="Raw event"
      text={raw}
      hint="Paste an event, or any bytes that the stream may get"
      run={normalize}
      language={language}
    />
  );
}

/** A record may hold several documents; one of them is shown. */
function Documents() {
  const documents = results.value?.length ?? 0;
  if (documents < 2) return null;
  return (
    <label class="aside">
      Document{" "}
      <input
        type="number"
        min={1}
        max={documents}
        value={shown.value + 1}
        onChange={({ currentTarget }) => {
          shown.value = Math.min(documents, Math.max(1, Number(currentTarget.value) || 1)) - 1;
        }}
      />{" "}
      of {documents}
    </label>
  );
}
