// What went wrong, said at once to a screen reader too.

/** Nothing where there is no problem. */
export function Problem({ text }: { readonly text: string | undefined }) {
  if (!text) return null;
  return (
    <p class="problem" role="alert">
      <strong>Error:</strong> {text}
    </p>
  );
}
