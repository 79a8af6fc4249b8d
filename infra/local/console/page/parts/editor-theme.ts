// The editor in the page's colors, dark and light.
import { defaultHighlightStyle, HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";

/** CodeMirror's own colors by what the page calls them; its light ones could not be read on a dark page. */
const COLORS: Readonly<Record<string, string>> = {
  "#708": "var(--code-keyword)",
  "#219": "var(--code-atom)",
  "#164": "var(--code-number)",
  "#a11": "var(--code-string)",
  "#e40": "var(--code-escape)",
  "#085": "var(--code-type)",
  "#256": "var(--code-name)",
  "#00c": "var(--code-name)",
  "#940": "var(--muted)",
  "#f00": "var(--bad)",
};

export const highlighting = HighlightStyle.define(
  defaultHighlightStyle.specs.map((spec) => ({ ...spec, color: COLORS[String(spec.color)] ?? "inherit" })),
);

/** The wavy line is drawn by the browser: CodeMirror's is an image from a data URL, which the page's policy refuses. */
export const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--field)", fontSize: "13px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--field)", border: "none" },
  ".cm-placeholder": { color: "var(--muted)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected) !important" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selected)" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    paddingBottom: "0",
    textDecoration: "underline wavy var(--bad)",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": {
    color: "var(--text)",
    backgroundColor: "var(--panel)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    boxShadow: "0 6px 20px #0003",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--text)", backgroundColor: "var(--selected)" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});
