// One quarantined payload: its bytes as escaped text or as hex, its reason, and redriving it alone.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { save } from "../api.ts";
import { count, size } from "../format.ts";
import { Panel } from "../parts/panel.tsx";
import { Scrollable } from "../parts/scrollable.tsx";
import { visible } from "../visible.ts";
import { bytesOf, escapedText, hexDump, SHOWN_BYTES } from "./bytes.ts";
import { ask, payload } from "./state.ts";

export function Payload() {
  const asHex = useSignal(false);
  const place = useRef<HTMLElement>(null);
  const shown = payload.value;
  const bytes = useMemo(() => bytesOf(shown?.base64 ?? ""), [shown]);
  const text = useMemo(() => (asHex.value ? hexDump(bytes) : escapedText(bytes)), [bytes, asHex.value]);
  // Another payload is what was asked to be seen.
  useEffect(() => place.current?.focus(), [shown]);
  if (!shown) return null;
  const { id, code, reason } = shown;
  return (
    <Panel
      title="Payload"
      aside={
        <div class="buttons">
          <span class="aside">{size(bytes.length)}</span>
          <button
            type="button"
            aria-pressed={asHex.value}
            onClick={() => {
              asHex.value = !asHex.value;
            }}
          >
            Hex
          </button>
          <button type="button" onClick={() => save(new Blob([bytes]), `${id}.bin`)}>
            Save
          </button>
          <button type="button" onClick={() => ask("Redrive this payload", { id })}>
            Redrive this…
          </button>
        </div>
      }
    >
      <p class="reason">
        <code>{code}</code> <bdi>{visible(reason)}</bdi> <small>{id}</small>
      </p>
      <Scrollable place={place} class="bytes" label={asHex.value ? "Bytes in hex" : "Bytes as escaped text"}>
        <pre>{text}</pre>
      </Scrollable>
      {bytes.length > SHOWN_BYTES && (
        <p class="more">
          The first {count(SHOWN_BYTES)} of {count(bytes.length)} bytes; Save has them all.
        </p>
      )}
    </Panel>
  );
}
