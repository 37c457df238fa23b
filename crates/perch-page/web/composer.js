// Where a person types: messages and slash commands, with completion of commands, people, channels and emoji.

import { act } from "./api.js";
import { h, iconButton, toast, unique } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { openMenu } from "./menu.js";
import { typed } from "./text.js";
import { app, channel, here, state } from "./state.js";

/** What Slack does itself. */
const OWN = [
  { command: "/invite", description: "Invite an app into this channel", hint: "@app", bot: "Slack" },
  { command: "/remove", description: "Take an app out of this channel", hint: "@app", bot: "Slack" },
];

/** Drafts, by conversation, thread and person. */
const drafts = new Map();

export function commands() {
  const all = state.seen.apps.flatMap((one) => one.bots.flatMap((bot) => bot.commands.map((command) => ({ ...command, bot: one.name }))));
  return [...all, ...OWN];
}

export function composer({ id, thread }) {
  const key = `${state.place}:${thread}:${state.seen.me}`;
  const listId = unique("completion");
  const name = state.place.startsWith("app:") ? app(state.place.slice(4))?.name : `#${channel(state.place)?.name ?? state.place}`;
  const label = thread ? "Reply in the thread" : `Message ${name}`;
  const area = h("textarea", {
    id,
    rows: 1,
    placeholder: label,
    value: drafts.get(key) ?? "",
    role: "combobox",
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-controls": listId,
    autocomplete: "off",
  });
  const list = h("ul", { id: listId, role: "listbox", class: "menu options completion", "aria-label": "Completions" });
  const sender = iconButton("send", "Send", () => send(), { class: "icon send" });
  let found = [];
  let active = 0;

  function grow() {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 220)}px`;
    sender.disabled = !area.value.trim();
  }

  function close() {
    found = [];
    list.remove();
    area.setAttribute("aria-expanded", "false");
    area.removeAttribute("aria-activedescendant");
  }

  function suggest() {
    found = completions(area.value, area.selectionStart);
    active = 0;
    if (!found.length) return close();
    draw();
  }

  function draw() {
    list.replaceChildren();
    for (const [index, one] of found.entries()) {
      const option = h(
        "li",
        { role: "option", id: `${listId}-${index}`, class: index === active ? "active" : "", "aria-selected": String(index === active) },
        one.picture ? h("span", { "aria-hidden": "true" }, one.picture) : null,
        h("span", {}, one.label),
        one.note ? h("small", {}, one.note) : null,
      );
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(one);
      });
      list.append(option);
    }
    if (!list.isConnected) document.body.append(list);
    list.style.minWidth = `${Math.min(frame.getBoundingClientRect().width, 440)}px`;
    const box = frame.getBoundingClientRect();
    list.style.left = `${box.left}px`;
    list.style.top = `${Math.max(8, box.top - list.getBoundingClientRect().height - 6)}px`;
    area.setAttribute("aria-expanded", "true");
    area.setAttribute("aria-activedescendant", `${listId}-${active}`);
    list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  function take(one) {
    const end = area.selectionStart;
    area.value = `${area.value.slice(0, one.from)}${one.insert} ${area.value.slice(end).replace(/^ /, "")}`;
    area.selectionStart = area.selectionEnd = one.from + one.insert.length + 1;
    drafts.set(key, area.value);
    close();
    grow();
  }

  async function send() {
    const text = area.value.trim();
    if (!text) return;
    area.value = "";
    drafts.delete(key);
    close();
    grow();
    try {
      await say(text, thread);
    } catch (error) {
      if (!area.value) {
        area.value = text;
        drafts.set(key, text);
        grow();
      }
      toast(error.message);
    }
  }

  area.addEventListener("input", () => {
    drafts.set(key, area.value);
    grow();
    suggest();
  });
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (found.length) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
        return draw();
      }
      const whole = area.value.slice(found[active].from, area.selectionStart) === found[active].insert;
      if ((event.key === "Enter" && !whole) || (event.key === "Tab" && !event.shiftKey)) {
        event.preventDefault();
        return take(found[active]);
      }
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        return close();
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  });
  const bolt = iconButton("bolt", "Shortcuts", () => openMenu(bolt, "Shortcuts", shortcuts()), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const insert = (sign) => () => {
    area.focus();
    area.setRangeText(sign, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
  };
  const frame = h(
    "div",
    { class: "composer" },
    area,
    h(
      "div",
      { class: "row" },
      bolt,
      h("button", { type: "button", class: "icon", "aria-label": "A command", title: "A command", on: { click: insert("/") } }, h("span", { "aria-hidden": "true" }, "/")),
      iconButton("at", "Mention somebody", insert("@")),
      iconButton("smile", "Emoji", insert(":")),
      h("small", { class: "wide hint" }, "Enter sends, Shift+Enter starts a line"),
      sender,
    ),
  );
  requestAnimationFrame(grow);
  return frame;
}

async function say(text, thread) {
  const { seen } = state;
  const channelHere = here();
  const slash = /^(\/[\w-]+)(?:\s+([\s\S]*))?$/.exec(text);
  if (slash && !thread) {
    const about = seen.channels.find((one) => one.id === channelHere);
    const known = commands().find((one) => one.command === slash[1]);
    const rest = known?.escapes ? typedText(slash[2] ?? "") : (slash[2] ?? "");
    return act("command", { as: seen.me, channel: about?.id ?? channelHere, command: slash[1], text: rest });
  }
  if (slash && thread) throw new Error("Slack takes no slash commands in threads. Send it in the conversation.");
  const app_id = state.place.startsWith("app:") ? state.place.slice(4) : null;
  return act("say", { as: seen.me, channel: channelHere, text: typedText(text), thread, app_id });
}

/** A command's text comes as it was typed, unless the app asks for mentions to be resolved; a message's is escaped. */
function typedText(text) {
  const { people, channels, apps } = state.seen;
  return typed(text, people, channels, apps);
}

function shortcuts() {
  const all = state.seen.apps.flatMap((one) =>
    one.bots.flatMap((bot) =>
      bot.shortcuts
        .filter((each) => !each.on_message)
        .map((each) => ({
          label: each.name,
          note: one.name,
          act: () => act("shortcut", { as: state.seen.me, channel: here(), bot: bot.bot, callback_id: each.callback_id }).catch((error) => toast(error.message)),
        })),
    ),
  );
  return all.length ? all : [{ label: "No app has a shortcut", note: "its slack-manifest.yaml declares them", act: () => {} }];
}

/** What may stand where the person types: `{ from, insert, label, note }`. */
function completions(text, at) {
  const before = text.slice(0, at);
  const { people, channels, apps } = state.seen;
  const slash = /^\/([\w-]*)$/.exec(before);
  if (slash) {
    return commands()
      .filter((one) => one.command.startsWith(before))
      .map((one) => ({ from: 0, insert: one.command, label: `${one.command} ${one.hint}`.trim(), note: [one.bot, one.description].filter(Boolean).join(" · ") }));
  }
  const word = /(?:^|[\s(])([@#:])([\w+.-]*)$/.exec(before);
  if (!word) return [];
  const [, sign, start] = word;
  const from = at - start.length - 1;
  const fits = (name) => name.toLowerCase().startsWith(start.toLowerCase());
  if (sign === "@") {
    const all = [...people.map((one) => ({ name: one.name, note: one.real_name })), ...apps.map((one) => ({ name: one.name, note: "app" })), { name: "here", note: "everyone who is here" }, { name: "channel", note: "everyone in the channel" }];
    return all.filter((one) => fits(one.name) || fits(one.note)).map((one) => ({ from, insert: `@${one.name}`, label: `@${one.name}`, note: one.note }));
  }
  if (sign === "#") return channels.filter((one) => fits(one.name)).map((one) => ({ from, insert: `#${one.name}`, label: `#${one.name}`, note: "" }));
  if (start.length < 2) return [];
  return [...EMOJI]
    .filter(([name]) => fits(name))
    .slice(0, 8)
    .map(([name, picture]) => ({ from, insert: `:${name}:`, label: `:${name}:`, picture }));
}

