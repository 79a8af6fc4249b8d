// A region that scrolls by itself, and so must be reachable by keyboard.
import type { ComponentChildren, Ref } from "preact";

interface ScrollableProps {
  readonly label: string;
  readonly class: string;
  readonly place?: Ref<HTMLElement>;
  readonly children: ComponentChildren;
}

export function Scrollable({ label, class: name, place = null, children }: ScrollableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it only a mouse could scroll
    <section ref={place} class={name} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
