// A question before something is done, in the browser's own dialog: focus stays in it and Escape says no.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ConfirmProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What the button says that does it; without one there is nothing to do. */
  readonly action?: string | undefined;
  readonly confirm: () => void;
  readonly close: () => void;
}

/** Open from when it is drawn until it is closed by a button or Escape. */
export function Confirm({ title, children, action, confirm, close }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={close}>
      <h2 id="confirm-title">{title}</h2>
      {children}
      <div class="buttons">
        {action && (
          <button type="button" class="primary" onClick={confirm}>
            {action}
          </button>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          {action ? "Cancel" : "Close"}
        </button>
      </div>
    </dialog>
  );
}
