// A plot by uPlot, as wide as its place, in the colors of the page.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { onSchemeChange } from "./palette.ts";

interface PlotProps {
  /** What the plot says, for those who do not see it. */
  readonly label: string;
  /** Whatever makes another plot of it, such as the number of series: a new key draws it anew. */
  readonly drawing: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  readonly options: () => Omit<uPlot.Options, "width" | "height">;
}

export function Plot({ label, drawing, height, data, options }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  // `drawing` stands for options; data has an effect of its own.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot({ ...options(), width: Math.max(element.clientWidth, 40), height }, data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: Math.max(element.clientWidth, 40), height }));
    resized.observe(element);
    const forget = onSchemeChange(() => made.redraw(false, true));
    return () => {
      forget();
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [drawing, height]);

  useEffect(() => plot.current?.setData(data), [data]);

  return <div ref={place} class="plot" role="img" aria-label={label} />;
}
