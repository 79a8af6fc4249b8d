// View: the ways in from this page, files and events, and what became of them.
import { useEffect } from "preact/hooks";
import { Panel } from "../parts/panel.tsx";
import { Problem } from "../parts/problem.tsx";
import { PutForm } from "./put-form.tsx";
import { UploadList } from "./upload-list.tsx";
import { addFiles, poll, problem } from "./uploads.ts";

export function InView() {
  useEffect(() => void poll(), []);
  return (
    <div class="columns">
      <Panel title="Files">
        <label class="drop">
          <input
            type="file"
            multiple
            onChange={({ currentTarget }) => {
              addFiles(currentTarget.files ?? []);
              currentTarget.value = "";
            }}
          />
          <span>
            <strong>Choose files</strong> or drag them anywhere onto this page
          </span>
          <small>NDJSON, JSON, CloudTrail, CSV with a header; compressed or not; any size</small>
        </label>
        <Problem text={problem.value} />
        <UploadList />
      </Panel>
      <PutForm />
    </div>
  );
}
