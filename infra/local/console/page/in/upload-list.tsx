// The files that were given to the lake: how far each is, then what the lake made of it.
import type { Dropped } from "../../contract.ts";
import { counted, size } from "../format.ts";
import { visible } from "../visible.ts";
import { became, type Upload, uploads } from "./uploads.ts";

export function UploadList() {
  const known = became.value;
  const own = new Set(uploads.value.flatMap(({ key }) => key ?? []));
  const earlier = [...known.values()].filter(({ key }) => !own.has(key)).slice(0, 20);
  if (uploads.value.length + earlier.length === 0) return <p class="empty">No file yet.</p>;
  return (
    <ul class="uploads">
      {uploads.value.map((upload) => (
        <UploadRow key={upload.id} upload={upload} dropped={known.get(upload.key ?? "")} />
      ))}
      {earlier.map((dropped) => (
        <li key={dropped.key}>
          <span class="name">
            <bdi>{visible(dropped.key)}</bdi>
          </span>
          <span class="number">{size(dropped.bytes)}</span>
          <Became dropped={dropped} />
        </li>
      ))}
    </ul>
  );
}

interface UploadRowProps {
  readonly upload: Upload;
  readonly dropped: Dropped | undefined;
}

function UploadRow({ upload, dropped }: UploadRowProps) {
  const { name, bytes, sent, state, reason } = upload;
  return (
    <li>
      <span class="name">
        <bdi>{visible(name)}</bdi>
      </span>
      <span class="number">{size(bytes)}</span>
      {state === "queued" && <span class="state">in line</span>}
      {state === "sending" && <progress max={Math.max(1, bytes)} value={sent} aria-label={`Upload of ${name}`} />}
      {state === "failed" && <span class="state bad">✗ {reason}</span>}
      {state === "sent" && <Became dropped={dropped} />}
    </li>
  );
}

function Became({ dropped }: { readonly dropped: Dropped | undefined }) {
  if (!dropped || dropped.state === "waiting") return <span class="state">in the bucket, being read…</span>;
  if (dropped.state === "failed")
    return <span class="state bad">✗ {visible(dropped.reason ?? "could not be read")}</span>;
  return (
    <span class="state good">
      ✓ {counted(dropped.records, "record")}
      {dropped.quarantined > 0 && `, ${dropped.quarantined} of them quarantined`}
    </span>
  );
}
