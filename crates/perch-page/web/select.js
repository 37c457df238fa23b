// Selects of Block Kit: one or several choices, filtered as one types, from options, people, channels, or what a bot offers.

import { append, h, replace, unique } from "./dom.js";
import { place } from "./menu.js";
import { direct, state } from "./state.js";

/** The choices of an element that has them without asking its bot: `{ value, label, group, note }`. */
function choices(element) {
  const kind = element.type.replace(/^multi_/, "");
  const people = () => state.seen.people.map((one) => ({ value: one.id, label: one.real_name, note: `@${one.name}` }));
  const channels = (test) =>
    state.seen.channels.filter(test).map((one) => ({ value: one.id, label: `#${one.name}`, note: one.is_private ? "private" : "" }));
  switch (kind) {
    case "users_select":
      return people();
    case "channels_select":
      return channels((one) => !one.is_private);
    case "conversations_select": {
      const include = element.filter?.include ?? ["public", "private", "im", "mpim"];
      const own = include.includes("im") ? [{ value: direct(), label: "Direct messages with the apps", note: "" }] : [];
      return [...channels((one) => include.includes(one.is_private ? "private" : "public")), ...own];
    }
    default: {
      const plain = (option, group) => ({ value: option.value, label: option.text.text, note: option.description?.text, group });
      const grouped = (element.option_groups ?? []).flatMap((group) => group.options.map((option) => plain(option, group.label.text)));
      return [...(element.options ?? []).map((option) => plain(option)), ...grouped];
    }
  }
}

/** What an element begins with. */
export function initialChoices(element, here) {
  const kind = element.type;
  const offered = (option) => (kind.endsWith("external_select") ? JSON.stringify(option) : option.value);
  if (element.initial_option) return [offered(element.initial_option)];
  if (element.initial_options) return element.initial_options.map(offered);
  const one = element.initial_user ?? element.initial_channel ?? element.initial_conversation;
  if (one) return [one];
  const several = element.initial_users ?? element.initial_channels ?? element.initial_conversations;
  if (several) return several;
  return element.default_to_current_conversation ? [here] : [];
}

/**
 * A combobox. `ask(typed)` gives an external select's options; `changed(values)` is called with each choice.
 */
export function select(element, { values, label, ask, changed, describedBy }) {
  const isMultiple = element.type.startsWith("multi_");
  const isExternal = element.type.endsWith("external_select");
  const most = element.max_selected_items ?? Infinity;
  const known = new Map();
  const labelOf = (value) => {
    if (known.has(value)) return known.get(value);
    if (isExternal) {
      try {
        return JSON.parse(value).text.text;
      } catch {
        return value;
      }
    }
    return choices(element).find((one) => one.value === value)?.label ?? value;
  };
  let chosen = [...values];
  let shown = [];
  let active = -1;
  let timer;
  const listId = unique("options");
  const input = h("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    "aria-label": label,
    "aria-describedby": describedBy,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: element.placeholder?.text ?? (isMultiple ? "Select options" : "Select an option"),
    data: { focus: element.action_id },
  });
  const chips = h("span", { class: "chips" });
  const box = h("span", { class: `select ${isMultiple ? "several" : ""}` }, chips, input);
  const list = h("ul", { role: "listbox", id: listId, class: "menu options", "aria-label": label, "aria-multiselectable": isMultiple ? "true" : null });

  function drawChosen() {
    if (!isMultiple) {
      input.value = chosen.length ? labelOf(chosen[0]) : "";
      return;
    }
    replace(
      chips,
      chosen.map((value) =>
        h(
          "span",
          { class: "chip" },
          labelOf(value),
          h("button", { type: "button", "aria-label": `Remove ${labelOf(value)}`, on: { click: () => set(chosen.filter((one) => one !== value)) } }, "×"),
        ),
      ),
    );
    input.placeholder = chosen.length ? "" : (element.placeholder?.text ?? "Select options");
  }

  function set(next) {
    chosen = next;
    drawChosen();
    changed(chosen);
  }

  function isOpen() {
    return list.isConnected;
  }

  function close() {
    list.remove();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }

  function mark(index) {
    active = index;
    for (const [at, option] of [...list.querySelectorAll("[role=option]")].entries()) {
      option.classList.toggle("active", at === index);
      if (at === index) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    }
  }

  function draw(message) {
    list.replaceChildren();
    let group;
    for (const one of shown) {
      if (one.group && one.group !== group) list.append(h("li", { role: "presentation", class: "group" }, one.group));
      group = one.group;
      const isChosen = chosen.includes(one.value);
      const option = h(
        "li",
        { role: "option", id: unique("option"), "aria-selected": String(isChosen), class: isChosen ? "chosen" : "" },
        h("span", {}, one.label),
        one.note ? h("small", {}, one.note) : null,
      );
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        choose(one);
      });
      list.append(option);
    }
    if (!shown.length) append(list, h("li", { role: "presentation", class: "none" }, message ?? "Nothing fits"));
    if (!isOpen()) (input.closest("dialog") ?? document.body).append(list);
    list.style.minWidth = `${box.getBoundingClientRect().width}px`;
    place(list, box);
    input.setAttribute("aria-expanded", "true");
    mark(shown.length ? 0 : -1);
  }

  function choose(one) {
    known.set(one.value, one.label);
    if (!isMultiple) {
      close();
      set([one.value]);
      return;
    }
    const next = chosen.includes(one.value) ? chosen.filter((value) => value !== one.value) : [...chosen, one.value];
    if (next.length > most) return draw();
    input.value = "";
    set(next);
    show("");
  }

  function show(typed) {
    clearTimeout(timer);
    if (!isExternal) {
      const wanted = typed.toLowerCase();
      const has = (one) => `${one.label} ${one.note ?? ""}`.toLowerCase().includes(wanted);
      shown = choices(element).filter(has);
      return draw();
    }
    const least = element.min_query_length ?? 3;
    if (typed.length < least) {
      shown = [];
      return draw(`Type ${least} character${least === 1 ? "" : "s"} or more`);
    }
    shown = [];
    draw("The bot is asked …");
    timer = setTimeout(async () => {
      try {
        const options = await ask(typed);
        shown = options.map((option) => ({ value: JSON.stringify(option), label: option.text.text, note: option.description?.text }));
        draw();
      } catch (error) {
        draw(error.message);
      }
    }, 200);
  }

  input.addEventListener("input", () => show(input.value));
  input.addEventListener("click", () => !isOpen() && show(isMultiple ? input.value : ""));
  input.addEventListener("focus", () => !isMultiple && input.select());
  input.addEventListener("blur", () => {
    close();
    drawChosen();
    if (isMultiple) input.value = "";
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) return show("");
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (shown.length) mark((active + step + shown.length) % shown.length);
    } else if (event.key === "Enter" && isOpen()) {
      event.preventDefault();
      if (shown[active]) choose(shown[active]);
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
      drawChosen();
    } else if (event.key === "Backspace" && isMultiple && !input.value && chosen.length) {
      set(chosen.slice(0, -1));
    } else if (event.key === "Backspace" && !isMultiple && chosen.length && !isOpen()) {
      set([]);
    }
  });
  drawChosen();
  return box;
}
