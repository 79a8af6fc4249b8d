// Which view is shown: the part of the address behind `#/`, so that back, forward and reload work.
import { signal } from "@preact/signals";

export const VIEWS = ["flow", "hours", "sql", "event", "quarantine", "in"] as const;
export type View = (typeof VIEWS)[number];

export const TITLES: Readonly<Record<View, string>> = {
  flow: "Flow",
  hours: "Hours",
  sql: "SQL",
  event: "Event",
  quarantine: "Quarantine",
  in: "In",
};

export const view = signal<View>("flow");

/** Follows the address. Anything that is no view, such as another page's invention, is the first one. */
export function followAddress(): void {
  const read = () => {
    view.value = VIEWS.find((name) => location.hash === `#/${name}`) ?? "flow";
    document.title = `${TITLES[view.value]} · defendA lake`;
  };
  read();
  addEventListener("hashchange", read);
}

/** Goes to a view as a link does, so that Back returns. */
export function show(name: View): void {
  location.hash = `#/${name}`;
}
