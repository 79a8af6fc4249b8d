// View: the lake as it flows, from the stream to the hours that have landed.
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce } from "../announce.ts";
import { count } from "../format.ts";
import { Buffers } from "./buffers.tsx";
import { Landed } from "./landed.tsx";
import { LedgerPanel } from "./ledger.tsx";
import { connection, samples } from "./live.ts";
import { Measures } from "./measures.tsx";
import { sum } from "./rates.ts";

/** Often enough to follow, seldom enough not to talk over everything else. */
const ANNOUNCE_MS = 30_000;

const now = computed(() => samples.value.at(-1));

export function FlowView() {
  useEffect(() => {
    const timer = setInterval(announceCounts, ANNOUNCE_MS);
    return () => clearInterval(timer);
  }, []);
  const flow = now.value;
  if (!flow) return <p class="empty">{connection.value === "lost" ? "The lake does not answer." : "Connecting…"}</p>;
  return (
    <>
      <Measures samples={samples.value} />
      <LedgerPanel ledger={flow.ledger} />
      <div class="columns">
        <Buffers buffers={flow.buffers} />
        <Landed landed={flow.landed} />
      </div>
    </>
  );
}

function announceCounts(): void {
  const ledger = now.peek()?.ledger;
  if (!ledger) return;
  const { received, delivered, dropped, quarantined } = ledger;
  announce(
    `${count(received)} received, ${count(delivered)} delivered, ${count(sum(dropped))} dropped, ` +
      `${count(sum(quarantined))} quarantined.`,
  );
}
