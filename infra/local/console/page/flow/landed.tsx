// Hours that are on S3 and so can be queried.
import type { Flow } from "../../contract.ts";
import { count, counted, prefixText, size } from "../format.ts";
import { Panel } from "../parts/panel.tsx";

/** Hours shown: the latest. The Hours view has them all. */
const MOST = 10;

export function Landed({ landed }: { readonly landed: Flow["landed"] }) {
  const latest = landed.toSorted((a, b) => (hourOf(a.prefix) < hourOf(b.prefix) ? 1 : -1)).slice(0, MOST);
  return (
    <Panel title="Landed on S3" aside={<span class="aside">{counted(landed.length, "partition")}</span>}>
      {latest.length === 0 && <p class="empty">No hour has landed yet.</p>}
      {latest.length > 0 && (
        <table>
          <caption class="unseen">The latest hours on S3</caption>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              <th scope="col" class="number">
                Objects
              </th>
              <th scope="col" class="number">
                Size
              </th>
            </tr>
          </thead>
          <tbody>
            {latest.map((hour) => (
              <tr key={hour.prefix}>
                <td>{prefixText(hour.prefix)}</td>
                <td class="number">{count(hour.objects)}</td>
                <td class="number">{size(hour.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {landed.length > MOST && <p class="more">and {counted(landed.length - MOST, "earlier partition")}</p>}
    </Panel>
  );
}

/** The part of a prefix that sorts by time, whatever table stands before it. */
function hourOf(prefix: string): string {
  return prefix.slice(Math.max(0, prefix.indexOf("year=")));
}
