// Questions before something is done. The browser's own dialog keeps the focus inside and closes at Esc.

import { h } from "./dom.js";
import { textObject } from "./text.js";

/** Asks with a `confirm` object of Block Kit; true if the person goes on. */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((answer) => {
    let yes = false;
    const go = h(
      "button",
      { type: "button", class: confirm.style === "danger" ? "danger" : "primary", on: { click: () => ((yes = true), dialog.close()) } },
      textObject(confirm.confirm ?? { text: "Yes" }),
    );
    const dialog = h(
      "dialog",
      { class: "ask", "aria-labelledby": "ask-title" },
      h("h2", { id: "ask-title" }, textObject(confirm.title ?? { text: "Are you sure?" })),
      h("div", { class: "body" }, textObject(confirm.text)),
      h(
        "footer",
        {},
        h("button", { type: "button", on: { click: () => dialog.close() } }, textObject(confirm.deny ?? { text: "Cancel" })),
        go,
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(yes);
    });
    document.body.append(dialog);
    dialog.showModal();
    go.focus();
  });
}
