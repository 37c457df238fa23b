// The middle: the messages of a conversation, with threads, reactions, files, and what went wrong where it was asked.

import { act, file } from "./api.js";
import { avatar, copy, h, icon, iconButton, keyed, replace, toast } from "./dom.js";
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { EMOJI, FREQUENT, emoji } from "./emoji.js";
import { drawHome } from "./home.js";
import { openMenu } from "./menu.js";
import { link, markdown, mrkdwn, plain } from "./text.js";
import { app, channel, go, here, markRead, messagesHere, nameOf, openDelivery, openSide, openThread, render, state } from "./state.js";

const time = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayOf = (ts) => new Date(Number(ts) * 1000).toDateString();

function dayName(ts) {
  const at = new Date(Number(ts) * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return at.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

let built = "";
let log;

/** Draws the middle; its frame only where the conversation is another one. */
export function drawConversation() {
  const place = document.getElementById("conversation");
  if (!state.seen) return;
  const frame = `${state.place}:${state.tab}:${state.seen.me}`;
  if (frame !== built) {
    built = frame;
    build(place);
  }
  drawHead(place.querySelector("header"));
  if (state.tab === "home") return drawHome(place.querySelector(".home"));
  fill(log, messagesHere(), null);
  const newest = messagesHere().at(-1);
  if (document.hasFocus()) markRead(state.place, newest?.ts);
  if (state.target) show(state.target);
}

function build(place) {
  const isHome = state.tab === "home";
  log = h("div", { class: "log", role: "log", "aria-label": "Messages", tabindex: "0" });
  const box = isHome ? null : composer({ id: "composer", thread: null });
  replace(place, h("header"), isHome ? h("div", { class: "home" }) : log, box);
}

function drawHead(head) {
  const isApp = state.place.startsWith("app:");
  const found = isApp ? app(state.place.slice(4)) : channel(state.place);
  const members = isApp ? [] : (found?.apps ?? []).map((id) => app(id)?.name).filter(Boolean);
  const tab = (name, label) =>
    h("button", { type: "button", role: "tab", "aria-selected": String(state.tab === name), on: { click: () => go(state.place, { tab: name }) } }, label);
  const focused = head.contains(document.activeElement) ? [...head.querySelectorAll("button")].indexOf(document.activeElement) : -1;
  replace(
    head,
    iconButton("menu", "Show the list", () => ((state.drawer = true), render()), { class: "icon phone", "aria-controls": "sidebar" }),
    h(
      "div",
      { class: "title" },
      h("h1", {}, isApp ? null : h("span", { class: "sign", "aria-hidden": "true" }, found?.is_private ? icon("lock") : "#"), found?.name ?? state.place),
      isApp ? null : h("small", {}, members.length ? `with ${members.join(", ")}` : "no app is here yet: /invite one"),
    ),
    isApp ? h("div", { role: "tablist", class: "tabs", "aria-label": "Parts of the app" }, tab("home", "Home"), tab("messages", "Messages")) : null,
    h(
      "div",
      { class: "tools" },
      h(
        "button",
        { type: "button", class: "quiet", title: "What bots were sent, and why they answered so", on: { click: () => openSide("requests") } },
        icon("pulse"),
        h("span", { class: "name" }, "Requests"),
        failures() ? h("span", { class: "count bad" }, String(failures()), h("span", { class: "unseen" }, " failed")) : null,
      ),
    ),
  );
  if (focused >= 0) head.querySelectorAll("button")[focused]?.focus();
}

const failures = () => state.seen.deliveries.slice(0, 20).filter((one) => one.failed && one.done).length;

/** Shows messages, what waits for its time, and failures, in the order in which they came. */
function fill(list, messages, thread) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const items = [];
  let day = "";
  let last = null;
  const entries = [
    ...messages.map((message) => ({ ts: message.ts, message })),
    ...noticesHere(thread).map((notice) => ({ ts: String(Date.parse(notice.at) / 1000), notice })),
  ].sort((one, other) => Number(one.ts) - Number(other.ts));
  for (const { ts, message, notice } of entries) {
    if (!thread && dayOf(ts) !== day) {
      day = dayOf(ts);
      items.push({ key: `day:${day}`, seal: dayName(ts), day: dayName(ts) });
      last = null;
    }
    if (notice) {
      items.push({ key: `notice:${notice.id}`, seal: JSON.stringify(notice), notice });
      last = null;
      continue;
    }
    const goesOn = last && last.author === message.author && !message.ephemeral && !last.ephemeral && Number(ts) - Number(last.ts) < 300 && !message.username;
    const target = state.linked === message.ts;
    items.push({ key: `message:${message.ts}`, seal: JSON.stringify([message, goesOn, target, state.thread === message.ts, latestReply(message)]), message, goesOn });
    last = message;
  }
  for (const later of scheduledHere(thread)) items.push({ key: `later:${later.id}`, seal: JSON.stringify(later), later });
  if (!items.length) items.push({ key: "empty", seal: state.place, empty: true });
  keyed(list, items, (item) => {
    if (item.day) return h("div", { class: "day", role: "separator" }, h("span", {}, item.day));
    if (item.notice) return noticed(item.notice);
    if (item.later) return waiting(item.later);
    if (item.empty) return welcome();
    return drawMessage(item.message, item.goesOn, thread);
  });
  if (atEnd && !state.target) list.scrollTop = list.scrollHeight;
}

const latestReply = (message) => (message.replies ? state.seen.messages.filter((one) => one.thread_ts === message.ts).map((one) => one.author + one.ts) : null);

function noticesHere(thread) {
  const channelHere = here();
  return state.seen.notices.filter((one) => {
    if (one.place.channel !== channelHere) return false;
    const root = one.place.thread ?? null;
    return thread ? root === thread : !root;
  });
}

function scheduledHere(thread) {
  const channelHere = here();
  const isApp = state.place.startsWith("app:");
  return state.seen.scheduled.filter(
    (one) => one.message.channel === channelHere && (one.message.thread_ts ?? null) === thread && (!isApp || one.message.app_id === state.place.slice(4)),
  );
}

function welcome() {
  const commands = state.seen.apps.flatMap((one) => one.bots.flatMap((bot) => bot.commands.map((command) => command.command)));
  const hint = commands.length ? `Type ${commands[0]} to ask a bot, or / to see all commands.` : "Type / to see the commands of your bots.";
  return h("div", { class: "welcome" }, h("p", { class: "big" }, "Nothing has been said here yet."), h("p", {}, hint));
}

// --- one message -------------------------------------------------------------------------------------------------------

function authorOf(message) {
  if (message.app_id) return { name: message.username ?? message.author, kind: "app", isApp: true };
  return { name: nameOf(message.author), kind: "person", isApp: false };
}

function drawMessage(message, goesOn, thread) {
  const author = authorOf(message);
  const at = time(message.ts);
  const full = new Date(Number(message.ts) * 1000).toLocaleString("en-GB");
  const permalink = h(
    "a",
    { class: "time", href: `#/${state.place}/${message.ts}`, title: full, "aria-label": `${at}, link to this message` },
    h("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, at),
  );
  return h(
    "article",
    {
      class: `message ${goesOn ? "goes-on" : ""} ${message.ephemeral ? "ephemeral" : ""} ${state.linked === message.ts ? "target" : ""}`,
      id: `${thread ? "thread" : "message"}-${message.ts}`,
      tabindex: "-1",
      "aria-label": `${author.name}, ${at}`,
    },
    h("div", { class: "gutter" }, goesOn ? permalink : message.icon_emoji ? h("span", { class: "avatar emoji-face", "aria-hidden": "true" }, emoji(message.icon_emoji)) : avatar(author.name, author.kind)),
    h(
      "div",
      { class: "content" },
      message.ephemeral ? h("div", { class: "only" }, icon("eye"), "Only visible to you") : null,
      goesOn ? null : h("div", { class: "by" }, h("strong", {}, author.name), author.isApp ? h("span", { class: "badge" }, "APP") : null, permalink),
      bodyOf(message),
      reactions(message),
      thread ? null : replies(message),
    ),
    toolbar(message, thread),
  );
}

function bodyOf(message) {
  const context = messageContext(message);
  const parts = [];
  if (message.blocks.length) parts.push(h("div", { class: "blocks" }, blocks(message.blocks, context)));
  else if (message.text) parts.push(h("div", { class: "words" }, message.is_markdown ? markdown(message.text) : message.mrkdwn === false ? plain(message.text) : mrkdwn(message.text)));
  if (message.streaming) parts.push(h("span", { class: "streaming", role: "status" }, "is writing"));
  if (message.edited) parts.push(h("small", { class: "edited" }, "(edited)"));
  for (const one of message.attachments) parts.push(attachment(one, context));
  for (const one of Array.isArray(message.files) ? message.files : []) parts.push(uploaded(one));
  return parts;
}

const filled = new Map();

function messageContext(message) {
  const key = `${message.channel}/${message.ts}`;
  if (!filled.has(key)) filled.set(key, {});
  const values = filled.get(key);
  const where = { as: state.seen.me, channel: message.channel, ts: message.ts };
  return {
    values,
    place: message.channel,
    redraw: () => ((built = ""), render()),
    act: async (element, choice, block, label) => {
      try {
        const inputs = Object.fromEntries(Object.entries(values).filter(([name]) => has(message, name)));
        return (await act("click", { ...where, action_id: element.action_id, choice, label: label ?? "", inputs })).ok;
      } catch (error) {
        toast(error.message);
        return false;
      }
    },
    ask: async (element, typed) => (await act("suggest", { ...where, action_id: element.action_id, typed })).options,
  };
}

/** Whether a message has an element of this name that keeps a value. */
function has(message, name) {
  return message.blocks.some((block) =>
    [...(block.elements ?? []), block.accessory, block.element].some((one) => one?.action_id && `${block.block_id}/${one.action_id}` === name && !["button", "overflow"].includes(one.type)),
  );
}

function attachment(one, context) {
  const colour = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[one.color] ?? (one.color ? `#${String(one.color).replace("#", "")}` : null);
  const title = one.title ? h("strong", {}, one.title_link ? link(one.title_link, plain(one.title)) : plain(one.title)) : null;
  return h(
    "div",
    { class: "attachment", style: colour ? { "--bar": colour } : {} },
    one.pretext ? h("div", {}, mrkdwn(one.pretext)) : null,
    one.author_name ? h("small", {}, one.author_name) : null,
    title,
    one.blocks ? h("div", { class: "blocks" }, blocks(one.blocks, context)) : one.text ? h("div", {}, mrkdwn(one.text)) : null,
    one.fields ? h("div", { class: "fields" }, one.fields.map((field) => h("div", {}, h("strong", {}, field.title), h("div", {}, mrkdwn(String(field.value ?? "")))))) : null,
    one.image_url ? link(one.image_url, "Picture") : null,
    one.footer || one.from_url ? h("small", {}, one.footer ?? one.from_url) : null,
  );
}

function uploaded(one) {
  const name = one.title ?? one.name;
  const holder = h("div", { class: "file" }, icon("file"), h("div", {}, h("strong", {}, name), h("small", {}, `${one.mimetype} · ${one.size} bytes`)));
  const fetched = h("button", { type: "button", class: "quiet" }, "Open");
  fetched.addEventListener("click", async () => {
    try {
      const content = await file(one.id);
      if (one.mimetype.startsWith("image/")) fetched.replaceWith(h("img", { src: URL.createObjectURL(content), alt: name }));
      else fetched.replaceWith(h("pre", { tabindex: "0" }, await content.text()));
    } catch (error) {
      toast(error.message);
    }
  });
  holder.append(fetched);
  return holder;
}

function reactions(message) {
  if (!message.reactions.length) return null;
  const one = (reaction) => {
    const mine = reaction.users.includes(state.seen.me);
    const who = reaction.users.map(nameOf).join(", ");
    return h(
      "button",
      { type: "button", class: "reaction", "aria-pressed": String(mine), title: who, "aria-label": `${reaction.name}, ${reaction.users.length}: ${who}`, data: { focus: `reaction:${reaction.name}` }, on: { click: () => react(message, reaction.name) } },
      emoji(reaction.name),
      h("span", {}, String(reaction.users.length)),
    );
  };
  return h("div", { class: "reactions" }, message.reactions.map(one));
}

async function react(message, name) {
  try {
    await act("react", { as: state.seen.me, channel: message.channel, ts: message.ts, name });
  } catch (error) {
    toast(error.message);
  }
}

function replies(message) {
  if (!message.replies) return null;
  const all = state.seen.messages.filter((one) => one.thread_ts === message.ts && one.channel === message.channel);
  const names = [...new Set(all.map((one) => authorOf(one).name))].slice(0, 4);
  return h(
    "button",
    { type: "button", class: "replies", on: { click: () => openThread(message.ts) } },
    names.map((name) => avatar(name, "person", "tiny")),
    h("span", {}, `${message.replies} ${message.replies === 1 ? "reply" : "replies"}`),
    all.length ? h("small", {}, `last at ${time(all.at(-1).ts)}`) : null,
  );
}

function toolbar(message, thread) {
  const tools = [];
  const expand = { "aria-haspopup": "menu", "aria-expanded": "false" };
  if (!message.ephemeral) {
    const smile = iconButton("smile", "Add a reaction", () => openMenu(smile, "Reactions", reactionItems(message), "grid"), expand);
    tools.push(smile);
    if (!thread) tools.push(iconButton("thread", "Reply in a thread", () => openThread(message.ts)));
  }
  const more = iconButton("more", "More actions", () => openMenu(more, "Message", moreItems(message, more)), expand);
  tools.push(more);
  return h("div", { class: "toolbar", role: "group", "aria-label": "Message actions" }, tools);
}

function reactionItems(message) {
  const names = [...FREQUENT, ...[...EMOJI.keys()].filter((name) => !FREQUENT.includes(name))].slice(0, 60);
  return names.map((name) => ({ label: emoji(name), name, act: () => react(message, name) }));
}

function moreItems(message) {
  const items = [
    {
      label: "Copy the link",
      act: () => copy(`${location.origin}/#/${state.place}/${message.ts}`, h("button")),
    },
  ];
  if (!message.ephemeral) {
    for (const one of state.seen.apps) {
      for (const bot of one.bots) {
        for (const shortcut of bot.shortcuts.filter((each) => each.on_message)) {
          items.push({ label: shortcut.name, note: one.name, act: () => call(bot.bot, shortcut.callback_id, message) });
        }
      }
    }
  }
  return items;
}

async function call(bot, callback_id, message) {
  try {
    await act("shortcut", { as: state.seen.me, channel: message.channel, bot, callback_id, ts: message.ts });
  } catch (error) {
    toast(error.message);
  }
}

// --- what went wrong, and what waits ------------------------------------------------------------------------------------

function noticed(notice) {
  return h(
    "article",
    { class: "notice", role: "alert" },
    h("div", { class: "gutter" }, h("span", { class: "avatar bad", "aria-hidden": "true" }, "!")),
    h(
      "div",
      { class: "content" },
      h("div", { class: "only" }, icon("eye"), "Only visible to you"),
      notice.slack ? h("div", { class: "slack" }, notice.slack) : null,
      h("div", {}, notice.says),
      notice.reason ? h("pre", { tabindex: "0" }, notice.reason) : null,
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", class: "block-button", on: { click: () => openDelivery(notice.delivery) } }, icon("pulse"), "Show why"),
        h("button", { type: "button", class: "quiet", on: { click: () => act("dismiss", { notice: notice.id }).catch((error) => toast(error.message)) } }, "Dismiss"),
      ),
    ),
  );
}

function waiting(later) {
  const at = new Date(later.at * 1000);
  const author = authorOf(later.message);
  return h(
    "article",
    { class: "message later", "aria-label": `Scheduled by ${author.name}` },
    h("div", { class: "gutter" }, avatar(author.name, author.kind)),
    h(
      "div",
      { class: "content" },
      h("div", { class: "only" }, icon("clock"), `Scheduled for ${at.toLocaleString("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })}`),
      h("div", { class: "by" }, h("strong", {}, author.name), h("span", { class: "badge" }, "APP")),
      bodyOf(later.message),
    ),
  );
}

/** Brings a message into sight, for a link to it. */
function show(ts) {
  const found = document.getElementById(`message-${ts}`);
  if (!found) return;
  state.target = null;
  found.scrollIntoView({ block: "center" });
  found.focus({ preventScroll: true });
}

// --- the thread, on the right -------------------------------------------------------------------------------------------

let threadBuilt = "";
let threadLog;

export function drawThread(place) {
  const frame = `${state.place}:${state.thread}:${state.seen.me}`;
  if (threadBuilt !== frame || !threadLog?.isConnected) {
    threadBuilt = frame;
    threadLog = h("div", { class: "log", role: "log", "aria-label": "Thread", tabindex: "0" });
    replace(place, threadLog, composer({ id: "thread-composer", thread: state.thread }));
  }
  const channelHere = here();
  const all = state.seen.messages.filter((one) => one.channel === channelHere && (one.ts === state.thread || one.thread_ts === state.thread));
  fill(threadLog, all, state.thread);
}

