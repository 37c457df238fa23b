// Menus that open below a button: arrow keys, Esc, and a click elsewhere close them.

import { h } from "./dom.js";

let open = null;

export function closeMenu(focus = false) {
  if (!open) return;
  const { panel, button, away } = open;
  open = null;
  panel.remove();
  document.removeEventListener("pointerdown", away, true);
  button.setAttribute("aria-expanded", "false");
  if (focus) button.focus();
}

/** Opens a menu of `items`: `{ label, note, act, class }`. */
export function openMenu(button, label, items, shape = "") {
  const was = open?.button;
  closeMenu();
  if (was === button) return;
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        class: item.class,
        "aria-label": item.name,
        title: item.name,
        on: {
          click: () => {
            closeMenu(true);
            item.act();
          },
        },
      },
      item.label,
      item.note ? h("small", {}, item.note) : null,
    ),
  );
  const panel = h("div", { role: "menu", class: `menu ${shape}`, "aria-label": label }, buttons);
  const across = shape === "grid";
  panel.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: across ? 6 : 1, ArrowUp: across ? -6 : -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
      closeMenu(true);
    } else if (step) {
      event.preventDefault();
      buttons[(at + step + buttons.length) % buttons.length].focus();
    } else if (event.key === "Home") buttons[0].focus();
    else if (event.key === "End") buttons.at(-1).focus();
  });
  const away = (event) => {
    if (!panel.contains(event.target) && !button.contains(event.target)) closeMenu();
  };
  document.addEventListener("pointerdown", away, true);
  // In a modal's own layer, if the button is in one.
  (button.closest("dialog") ?? document.body).append(panel);
  place(panel, button);
  button.setAttribute("aria-expanded", "true");
  open = { panel, button, away };
  buttons[0]?.focus();
}

/** Below the anchor, or above it where there is no room. */
export function place(panel, anchor) {
  const box = anchor.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, innerWidth - size.width - 8));
  const below = box.bottom + 4;
  const top = below + size.height > innerHeight - 8 ? Math.max(8, box.top - size.height - 4) : below;
  panel.style.left = `${left}px`;
  panel.style.top = `${top}px`;
}
