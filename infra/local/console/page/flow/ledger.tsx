// The ledger: what came in and what became of it, as an equation that either holds or does not.
import type { Flow } from "../../contract.ts";
import { count } from "../format.ts";
import { Panel } from "../parts/panel.tsx";
import { sum } from "./rates.ts";
import { Shares } from "./shares.tsx";

/** Says by how much the two sides differ when they do: that would be a bug of the lake, and worth a report. */
export function LedgerPanel({ ledger }: { readonly ledger: Flow["ledger"] }) {
  const dropped = sum(ledger.dropped);
  const quarantined = sum(ledger.quarantined);
  const missing = ledger.received - ledger.delivered - dropped - quarantined - ledger.toComeAgain;
  return (
    <Panel title="Ledger" class="ledger" aside={<Balance missing={missing} />}>
      <dl class="equation">
        <Term name="received" value={ledger.received} />
        <Sign text="=" />
        <Term name="delivered" value={ledger.delivered} />
        <Sign text="+" />
        <Term name="dropped" value={dropped} />
        <Sign text="+" />
        <Term name="quarantined" value={quarantined} />
        <Sign text="+" />
        <Term name="to come again" value={ledger.toComeAgain} />
      </dl>
      <div class="columns">
        <Shares title="Dropped by plugin" counts={ledger.dropped} none="No plugin dropped anything." />
        <Shares title="Quarantined by code" counts={ledger.quarantined} none="Nothing was quarantined." />
      </div>
    </Panel>
  );
}

function Balance({ missing }: { readonly missing: number }) {
  if (missing === 0) return <span class="badge good">✓ balanced</span>;
  return <span class="badge bad">✗ differs by {count(Math.abs(missing))}</span>;
}

function Term({ name, value }: { readonly name: string; readonly value: number }) {
  return (
    <div class={`term ${name.replaceAll(" ", "-")}`}>
      <dt>{name}</dt>
      <dd>{count(value)}</dd>
    </div>
  );
}

function Sign({ text }: { readonly text: string }) {
  return (
    <div class="sign" aria-hidden="true">
      <dt />
      <dd>{text}</dd>
    </div>
  );
}
