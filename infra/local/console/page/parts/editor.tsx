// CodeMirror in a shadow root: there it brings its styles as a constructed style sheet, which the page's policy allows.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { effect, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { highlighting, theme } from "./editor-theme.ts";

/** Where something in the text is wrong; both count from 1. */
export interface Mark {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface EditorProps {
  readonly label: string;
  /** What is written, both ways: kept in step at once, so that an old text never comes back over a newer one. */
  readonly text: Signal<string>;
  readonly hint?: string;
  /** Ctrl-Enter, or Cmd-Enter. */
  readonly run: () => void;
  readonly language: Extension;
  readonly mark?: Mark | undefined;
}

export default function Editor({ label, text, hint = "", run, language, mark }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef<EditorView | null>(null);
  const languages = useRef(new Compartment());
  const latest = useRef(run);
  latest.current = run;

  // Made once; what changes later has effects of its own.
  useEffect(() => {
    if (!place.current) return;
    const root = place.current.shadowRoot ?? place.current.attachShadow({ mode: "open" });
    const view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text.peek(),
        extensions: [
          runKey(() => latest.current()),
          languages.current.of(language),
          basics(label, hint),
          typedOver,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) text.value = update.state.doc.toString();
          }),
        ],
      }),
    });
    shown.current = view;
    const stop = effect(() => replace(view, text.value));
    return () => {
      stop();
      view.destroy();
    };
  }, []);

  useEffect(() => shown.current?.dispatch({ effects: languages.current.reconfigure(language) }), [language]);

  useEffect(() => {
    const view = shown.current;
    view?.dispatch(setDiagnostics(view.state, mark ? [diagnostic(view.state, mark)] : []));
  }, [mark]);

  return <div ref={place} class="editor" />;
}

/**
 * Typing over a selection. Left to itself the browser would give what is typed the color of what was selected, by an
 * inline style that the page's policy refuses.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.data === null || view.state.selection.main.empty) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

/** A text that comes from elsewhere, such as a saved question. */
function replace(view: EditorView, text: string): void {
  const { doc } = view.state;
  if (doc.toString() !== text) view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
}

function runKey(run: () => void): Extension {
  const taken = () => {
    run();
    return true;
  };
  return keymap.of([{ key: "Mod-Enter", run: taken }]);
}

/** Tab leaves the editor, as it leaves any field. */
function basics(label: string, hint: string): Extension {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    bracketMatching(),
    EditorView.lineWrapping,
    placeholder(hint),
    EditorView.contentAttributes.of({ "aria-label": label }),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    syntaxHighlighting(highlighting),
    theme,
  ];
}

/** Underlines the word at the place, or one character where there is none. */
function diagnostic(state: EditorState, { line, column, message }: Mark): Diagnostic {
  const { from, to } = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  const at = Math.min(from + Math.max(column, 1) - 1, to);
  const word = state.wordAt(at);
  const start = word?.from ?? Math.max(from, Math.min(at, to - 1));
  return { from: start, to: word?.to ?? Math.min(start + 1, to), severity: "error", message };
}
