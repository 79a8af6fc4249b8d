// What became of a document: its fields with who set them, or why there is no event; and what each plugin took.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Normalized } from "../../contract.ts";
import { announce } from "../announce.ts";
import { count, counted } from "../format.ts";
import { Folded } from "../parts/folded.tsx";
import { Wrappable } from "../parts/wrappable.tsx";
import { visible } from "../visible.ts";
import { exampleOf, type Field, fieldsOf, LAKE } from "./fields.ts";
import { outcomeText, results, shown } from "./run.ts";
import { Steps } from "./steps.tsx";

/** What every plugin's name starts with; the list of plugins has the whole names. */
const STAGE = /^(normalization|enrichment)_/;

/** Fields drawn: more are in the raw event. */
const MOST = 400;

export function Outcome() {
  const all = results.value;
  const one = all?.[shown.value];
  if (!all) return <p class="empty">Run it to see what becomes of it.</p>;
  if (!one) return <p class="empty">There is no document in it.</p>;
  return (
    <>
      <p class={`outcome ${one.event ? "good" : "bad"}`}>
        {one.event ? "✓ " : "✗ "}
        {outcomeText(one)}
        {one.quarantined && `, ${visible(one.quarantined.reason)}`}
      </p>
      {one.event && <Fields normalized={one} />}
      <Steps steps={one.steps} />
      <Share normalized={one} />
    </>
  );
}

function Fields({ normalized }: { readonly normalized: Normalized }) {
  const fields = useMemo(() => fieldsOf(normalized.event ?? {}, normalized.steps), [normalized]);
  return (
    <>
      <table class="fields">
        <caption class="unseen">Fields of the stored event</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
            <th scope="col">Set by</th>
          </tr>
        </thead>
        <tbody>
          {fields.slice(0, MOST).map((field) => (
            <FieldRow key={field.path} field={field} />
          ))}
        </tbody>
      </table>
      {fields.length > MOST && <p class="more">and {counted(fields.length - MOST, "more field")}</p>}
    </>
  );
}

function FieldRow({ field: { path, text, setBy } }: { readonly field: Field }) {
  return (
    <tr class={setBy && setBy !== LAKE ? "set" : ""}>
      <th scope="row">
        <Wrappable name={path} />
      </th>
      <td>
        <Folded text={text} />
      </td>
      <td>
        {setBy && setBy !== LAKE ? (
          <span class="setter" title={setBy}>
            <Wrappable name={setBy.replace(STAGE, "")} />
          </span>
        ) : (
          <span class="sent">{setBy ?? "as sent"}</span>
        )}
      </td>
    </tr>
  );
}

/** The case as text for a plugin's file, so that it fails there until the plugin does it right. */
function Share({ normalized }: { readonly normalized: Normalized }) {
  const copied = useSignal(false);
  const example = useMemo(() => exampleOf(normalized), [normalized]);
  const copy = async () => {
    await navigator.clipboard.writeText(example);
    copied.value = true;
    announce("Copied.");
  };
  return (
    <details class="share">
      <summary>As a plugin fixture</summary>
      <p class="more">
        An entry for <code>examples</code> in the plugin's file ({count(example.length)} characters). Put right what{" "}
        <code>out</code> says wrong: the tests then fail until the plugin does it.
      </p>
      <textarea readOnly rows={10} aria-label="Plugin fixture" value={example} />
      <button type="button" onClick={copy}>
        {copied.value ? "Copied" : "Copy"}
      </button>
    </details>
  );
}
