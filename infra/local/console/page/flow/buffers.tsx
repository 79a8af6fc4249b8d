// What Firehose holds until it writes the next object of an hour.
import type { Flow } from "../../contract.ts";
import { count, counted, prefixText, size } from "../format.ts";
import { Panel } from "../parts/panel.tsx";

/** Hours shown: those that are written next. Firehose may hold 500. */
const MOST = 10;

export function Buffers({ buffers }: { readonly buffers: Flow["buffers"] }) {
  const next = buffers.toSorted((a, b) => a.secondsToFlush - b.secondsToFlush).slice(0, MOST);
  return (
    <Panel title="Firehose buffers" aside={<span class="aside">{counted(buffers.length, "partition")} open</span>}>
      {next.length === 0 && <p class="empty">Nothing is waiting to be written.</p>}
      {next.length > 0 && (
        <table>
          <caption class="unseen">Buffers that Firehose writes next</caption>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              <th scope="col" class="number">
                Records
              </th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col" class="number">
                Written in
              </th>
            </tr>
          </thead>
          <tbody>
            {next.map((buffer) => (
              <tr key={buffer.prefix}>
                <td>{prefixText(buffer.prefix)}</td>
                <td class="number">{count(buffer.records)}</td>
                <td class="number">{size(buffer.bytes)}</td>
                <td class="number">{count(Math.max(0, buffer.secondsToFlush))} s</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {buffers.length > MOST && <p class="more">and {counted(buffers.length - MOST, "more partition")}</p>}
    </Panel>
  );
}
