// A long name that may break after its dots and underscores, and so not within its words.
import { visible } from "../visible.ts";

export function Wrappable({ name }: { readonly name: string }) {
  const parts = visible(name).split(/(?<=[._])/);
  return (
    <bdi>
      {parts.map((part, i) => (
        <span key={`${i}${part}`}>
          {part}
          <wbr />
        </span>
      ))}
    </bdi>
  );
}
