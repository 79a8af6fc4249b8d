// A part of a view with a heading: a region that a screen reader can jump to.
import type { ComponentChildren } from "preact";

interface PanelProps {
  readonly title: string;
  /** Stands at the right of the heading. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, aside, class: name = "", children }: PanelProps) {
  const id = `panel-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
