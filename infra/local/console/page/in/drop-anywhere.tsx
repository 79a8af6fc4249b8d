// Files may be dropped anywhere on the page; while they hover, it says so.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { show } from "../route.ts";
import { addFiles } from "./uploads.ts";

const hovering = signal(false);

export function DropAnywhere() {
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    addEventListener("dragover", hover, { signal });
    addEventListener("dragleave", leave, { signal });
    addEventListener("drop", drop, { signal });
    return () => listening.abort();
  }, []);
  if (!hovering.value) return null;
  return (
    <div class="hovering" aria-hidden="true">
      <p>Drop the files into the lake</p>
    </div>
  );
}

function hover(event: DragEvent): void {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  hovering.value = true;
}

/** Leaving an element of the page is not leaving the page, which has nothing to go to. */
function leave(event: DragEvent): void {
  if (event.relatedTarget === null) hovering.value = false;
}

function drop(event: DragEvent): void {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  hovering.value = false;
  addFiles(event.dataTransfer.files);
  show("in");
}
