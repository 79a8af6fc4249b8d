// The question before a redrive, with the count, and what it did.
import { counted } from "../format.ts";
import { Confirm } from "../parts/confirm.tsx";
import { asked, redrive } from "./state.ts";

export function RedriveDialog() {
  const question = asked.value;
  if (!question) return null;
  const { title, done } = question;
  const { found, put, failed, alreadyPut } = question.counted;
  const left = found - alreadyPut;
  const close = () => {
    asked.value = undefined;
  };
  return (
    <Confirm
      title={title}
      action={!done && left > 0 ? `Put ${counted(left, "payload")} back` : undefined}
      confirm={redrive}
      close={close}
    >
      {done ? (
        <p>
          {counted(put, "payload")} put back on the stream.
          {failed > 0 && ` ${counted(failed, "payload")} failed and stay in quarantine: redrive again later.`}
        </p>
      ) : (
        <p>
          {counted(found, "payload")} found.
          {alreadyPut > 0 && ` ${counted(alreadyPut, "payload")} went back before and will be left out.`}
          {left > 0
            ? " What is put goes through today's plugins, and what still cannot be read is quarantined again."
            : " There is nothing to put."}
        </p>
      )}
    </Confirm>
  );
}
