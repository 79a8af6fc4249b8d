// The plugins in the order they ran, what each took and set.
import type { Normalized } from "../../contract.ts";
import { counted, rate } from "../format.ts";
import { Wrappable } from "../parts/wrappable.tsx";
import { visible } from "../visible.ts";

export function Steps({ steps }: { readonly steps: Normalized["steps"] }) {
  const total = steps.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const most = Math.max(1, ...steps.map(({ microseconds }) => microseconds));
  if (steps.length === 0) return null;
  return (
    <details class="steps" open>
      <summary>
        {counted(steps.length, "plugin")}, {rate(total)} µs
      </summary>
      <table>
        <caption class="unseen">Plugins in the order they ran</caption>
        <thead>
          <tr>
            <th scope="col">Plugin</th>
            <th scope="col" class="number">
              µs
            </th>
            <th scope="col">
              <span class="unseen">Compared</span>
            </th>
            <th scope="col">Set</th>
          </tr>
        </thead>
        <tbody>
          {steps.map(({ plugin, microseconds, set, error }, i) => (
            <tr key={i}>
              <th scope="row">
                <Wrappable name={plugin} />
              </th>
              <td class="number">{rate(microseconds)}</td>
              <td>
                <progress max={most} value={microseconds} aria-label={`${plugin}, compared with the slowest`} />
              </td>
              <td class="set-paths">
                {error ? (
                  <span class="bad">✗ {visible(error)}; its changes were undone</span>
                ) : (
                  visible(set.join(", ")) || "nothing"
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
