// What is shown, and where the person is. One object; whoever changes it calls `render`.

import { get } from "./api.js";

export const state = {
  /** What the server says; see workspace.rs. */
  seen: null,
  /** The conversation: a channel's id, or `app:<id>` with its tab. */
  place: localStorage.getItem("perch-place") || "C0GENERAL",
  tab: "messages",
  /** The thread that is open: the `ts` of its first message. */
  thread: null,
  /** Of the right side: `requests`, `thread` or `stage`. */
  side: "requests",
  /** The delivery that is looked at. */
  delivery: null,
  /** A message to scroll to. */
  target: null,
  /** The message that the address names. */
  linked: null,
  connection: "there",
  drawer: false,
  sideOpen: false,
};

const listeners = [];
export function onRender(listener) {
  listeners.push(listener);
}

let wanted = false;
/** Shows everything anew, once for all that happens at once. */
export function render() {
  if (wanted) return;
  wanted = true;
  queueMicrotask(() => {
    wanted = false;
    for (const listener of listeners) listener();
  });
}

/** Who the person is to be: of this tab, so that two tabs may be two people. */
export function me() {
  return sessionStorage.getItem("perch-as") || "";
}

export function become(user) {
  sessionStorage.setItem("perch-as", user);
  state.thread = null;
  return refresh();
}

let asking = null;
let again = false;
/** Asks the server for what there is; while it is asked, once more behind it. */
export async function refresh() {
  if (asking) {
    again = true;
    return asking;
  }
  asking = (async () => {
    do {
      again = false;
      state.seen = await get("state", { as: me() });
      render();
    } while (again);
  })();
  try {
    await asking;
  } finally {
    asking = null;
  }
}

export function go(place, options = {}) {
  state.place = place;
  state.tab = options.tab ?? (place.startsWith("app:") ? "home" : "messages");
  state.thread = options.thread ?? null;
  state.target = options.target ?? null;
  state.linked = state.target;
  if (state.thread) openSide("thread");
  else if (state.side === "thread") state.side = "requests";
  state.drawer = false;
  localStorage.setItem("perch-place", place);
  const link = options.target ? `#/${place}/${options.target}` : `#/${place}`;
  if (location.hash !== link) history.replaceState(null, "", link);
  render();
}

export function openSide(side) {
  state.side = side;
  state.sideOpen = true;
  render();
}

export function openThread(ts) {
  state.thread = ts;
  openSide("thread");
}

export function openDelivery(id) {
  state.delivery = id;
  openSide("requests");
}

// --- looking things up -----------------------------------------------------------------------------------------

export const person = (id) => state.seen?.people.find((one) => one.id === id);
export const channel = (id) => state.seen?.channels.find((one) => one.id === id);
export const app = (id) => state.seen?.apps.find((one) => one.id === id);
export const appByUser = (id) => state.seen?.apps.find((one) => one.user_id === id);
export const own = () => person(state.seen?.me);
/** The one direct conversation that a person has with the apps. */
export const direct = () => `D${(state.seen?.me ?? "").slice(1)}`;

/** The channel where something is done. */
export function here() {
  return state.place.startsWith("app:") ? direct() : state.place;
}

export function nameOf(user) {
  return person(user)?.real_name ?? appByUser(user)?.name ?? user;
}

/** The messages of the conversation that is open. */
export function messagesHere() {
  const all = state.seen?.messages ?? [];
  if (!state.place.startsWith("app:")) return all.filter((one) => one.channel === state.place && one.in_channel);
  return all.filter((one) => one.in_channel && isWith(one, state.place.slice(4)));
}

/** Whether a direct message is between the person and this app. */
export function isWith(message, appId) {
  return message.channel === direct() && (message.app_id ?? message.to_app ?? appId) === appId;
}

// --- what was read, by person and conversation -------------------------------------------------------------------

export function lastRead(place) {
  return localStorage.getItem(`perch-read:${state.seen?.me}:${place}`) ?? "0";
}

export function markRead(place, ts) {
  if (ts && ts > lastRead(place)) localStorage.setItem(`perch-read:${state.seen.me}:${place}`, ts);
}

export function unread(place) {
  const since = lastRead(place);
  const belongs = place.startsWith("app:") ? (one) => isWith(one, place.slice(4)) : (one) => one.channel === place;
  return (state.seen?.messages ?? []).filter((one) => belongs(one) && one.ts > since && one.author !== state.seen.me).length;
}
