// The page around the views: name, navigation, the state of the connection, and what is said to screen readers.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { announcement } from "./announce.ts";
import { refused } from "./api.ts";
import { EventView } from "./event/event.tsx";
import { FlowView } from "./flow/flow.tsx";
import { connection, samples } from "./flow/live.ts";
import { count } from "./format.ts";
import { HoursView } from "./hours/hours.tsx";
import { DropAnywhere } from "./in/drop-anywhere.tsx";
import { InView } from "./in/in.tsx";
import { QuarantineView } from "./quarantine/quarantine.tsx";
import { TITLES, VIEWS, type View, view } from "./route.ts";
import { SqlView } from "./sql/sql.tsx";
import { hasToken } from "./token.ts";

const CONTENT: Readonly<Record<View, ComponentType>> = {
  flow: FlowView,
  hours: HoursView,
  sql: SqlView,
  event: EventView,
  quarantine: QuarantineView,
  in: InView,
};

/** Without a token, or with an old one, no view is drawn and nothing is asked. */
export function App() {
  const locked = refused.value || !hasToken();
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the view
      </button>
      <header class="top">
        <p class="brand">
          defendA <span>lake</span>
        </p>
        <nav aria-label="Views">
          {VIEWS.map((name) => (
            <a key={name} href={`#/${name}`} aria-current={view.value === name ? "page" : undefined}>
              {TITLES[name]}
            </a>
          ))}
        </nav>
        <Connection />
      </header>
      {locked ? <Locked /> : <Main />}
      <p class="unseen" role="status">
        {announcement.value}
      </p>
      {!locked && <DropAnywhere />}
    </>
  );
}

/** The view, in a landmark that takes the focus when another view is chosen: a reader then starts at its top. */
function Main() {
  const place = useRef<HTMLElement>(null);
  const first = useRef(true);
  const name = view.value;
  const Content = CONTENT[name];
  useEffect(() => {
    if (!first.current) place.current?.focus({ preventScroll: true });
    first.current = false;
  }, [name]);
  return (
    <main id="main" ref={place} tabIndex={-1} class={`view ${name}`}>
      <h1 class="unseen">{TITLES[name]}</h1>
      <Content />
    </main>
  );
}

/** A link to the view would change the address, which is the route. */
function skip(): void {
  document.getElementById("main")?.focus();
}

function Connection() {
  const state = refused.value ? "lost" : connection.value;
  const received = samples.value.at(-1)?.ledger.received;
  const texts = { live: "live", connecting: "connecting", lost: "not connected" };
  return (
    <p class={`connection ${state}`}>
      <span class="dot" aria-hidden="true" />
      {texts[state]}
      {state === "live" && received !== undefined && <small>{count(received)} received</small>}
    </p>
  );
}

function Locked() {
  return (
    <main id="main" tabIndex={-1} class="view locked">
      <h1>This page needs the lake's address</h1>
      <p>
        Open the address that <code>npm start</code> printed, with everything behind the <code>#</code>. It changes with
        every start, and no other page of this browser knows it.
      </p>
    </main>
  );
}
