// Entry of the console's page.
import { render } from "preact";
import { App } from "./app.tsx";
import { follow } from "./flow/live.ts";
import { loadEditor } from "./parts/lazy.tsx";
import { followAddress } from "./route.ts";
import { hasToken, takeToken } from "./token.ts";

/** When the first paint is long done. */
const EDITOR_AFTER_MS = 1500;

takeToken();
// The address of a lake that was started anew, opened in the tab of the one before.
addEventListener("hashchange", () => takeToken() && location.reload());
followAddress();
const place = document.getElementById("page");
if (place) render(<App />, place);
if (hasToken()) {
  void follow();
  setTimeout(loadEditor, EDITOR_AFTER_MS);
}
