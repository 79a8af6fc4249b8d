// The editor is most of the page's code and is not needed for its first paint: it comes when a view shows it.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { EditorProps } from "./editor.tsx";

const loaded = signal<ComponentType<EditorProps> | undefined>(undefined);

/** Loads the editor ahead of its use; a second call does nothing. */
export async function loadEditor(): Promise<void> {
  loaded.value ??= (await import("./editor.tsx")).default;
}

export function LazyEditor(props: EditorProps) {
  const Editor = loaded.value;
  if (Editor) return <Editor {...props} />;
  void loadEditor();
  return <div class="editor" aria-busy="true" />;
}
