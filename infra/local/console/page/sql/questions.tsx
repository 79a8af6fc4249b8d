// The workgroup's saved questions: choosing one puts its query into the editor.
import { schema, text } from "./query.ts";

export function Questions() {
  const questions = schema.value?.questions ?? [];
  return (
    <details class="panel questions" open={matchMedia("(min-width: 900px)").matches}>
      <summary>
        <h2>Saved questions</h2>
      </summary>
      <ul>
        {questions.map(({ name, description, sql }) => (
          <li key={name}>
            <button
              type="button"
              class="question"
              aria-pressed={text.value === sql}
              title={description}
              onClick={() => {
                text.value = sql;
              }}
            >
              {name}
              <small>{description}</small>
            </button>
          </li>
        ))}
      </ul>
      {questions.length === 0 && <p class="empty">None yet.</p>}
    </details>
  );
}
