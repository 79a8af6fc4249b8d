// A text of a cell: short ones as they are, JSON and long ones on one line that folds open in place.
import { useState } from "preact/hooks";
import { indentJson, looksLikeJson } from "../json.ts";
import { visible } from "../visible.ts";

/** Characters that a folded line shows, and those of a text that stays as it is. */
const FOLDED = 96;
/** Longer ones may break. */
const ONE_LINE = 40;

/** @param text as the lake gave it: null is shown as such, and what cannot be seen is escaped */
export function Folded({ text }: { readonly text: string | null }) {
  const [open, setOpen] = useState(false);
  if (text === null) return <span class="null">null</span>;
  const json = looksLikeJson(text);
  const short = text.length <= FOLDED && !text.includes("\n") && !(json && text.length > 24);
  if (short) return <bdi class={text.length > ONE_LINE ? "wrap" : ""}>{visible(text)}</bdi>;
  return (
    <details class="folded" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <bdi>{visible(text.slice(0, FOLDED)).replaceAll("\n", " ")}</bdi>
        {text.length > FOLDED && "…"}
      </summary>
      {open && <pre>{visible(json ? indentJson(text) : text)}</pre>}
    </details>
  );
}
