// Starts the page, follows what happens, and draws its three parts.

import { Refused, follow, takeToken } from "./api.js";
import { announce, h, iconButton, replace } from "./dom.js";
import { drawConversation, drawThread } from "./conversation.js";
import { drawRequests } from "./inspector.js";
import { drawModal } from "./modal.js";
import { closeMenu } from "./menu.js";
import { applyTheme, drawSidebar } from "./sidebar.js";
import { drawStage } from "./stage.js";
import { go, onRender, refresh, render, state } from "./state.js";

function drawSide() {
  const place = document.getElementById("side");
  place.classList.toggle("open", state.sideOpen);
  if (state.side === "thread" && !state.thread) state.side = "requests";
  if (!place.firstElementChild) replace(place, h("header"), h("div", { class: "pane" }));
  const [head, pane] = place.children;
  const tab = (name, label) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        "aria-selected": String(state.side === name),
        data: { focus: name },
        on: { click: () => ((state.side = name), (state.sideOpen = true), render()) },
      },
      label,
    );
  const had = head.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  replace(
    head,
    h("div", { role: "tablist", class: "tabs", "aria-label": "Beside the conversation" }, state.thread ? tab("thread", "Thread") : null, tab("requests", "Requests"), tab("stage", "Stage")),
    iconButton("close", "Close", () => closeSide(), { class: "icon narrow" }),
  );
  if (had) head.querySelector(`[data-focus="${had}"]`)?.focus();
  pane.classList.toggle("thread", state.side === "thread");
  if (pane.dataset.side !== state.side) {
    pane.dataset.side = state.side;
    delete pane.dataset.built;
    replace(pane);
  }
  if (state.side === "thread") drawThread(pane);
  else if (state.side === "stage") drawStage(pane);
  else drawRequests(pane);
}

function closeSide() {
  state.sideOpen = false;
  state.thread = null;
  render();
  document.getElementById("composer")?.focus();
}

function draw() {
  if (!state.seen) return;
  drawSidebar();
  drawConversation();
  drawSide();
  drawModal();
  const bad = state.seen.deliveries[0];
  document.title = `${state.seen.stage} · Perch`;
  if (bad) lastTold(bad);
}

let told = null;
/** Tells a screen reader of the newest request when it is done. */
function lastTold(one) {
  if (told === null) told = one.done ? one.id : one.id - 1;
  if (!one.done || one.id <= told) return;
  told = one.id;
  announce(`${one.bot}: ${one.what}, ${one.failed ? "failed" : "answered"}`);
}

function locked(why) {
  replace(
    document.getElementById("app"),
    h(
      "main",
      { class: "locked" },
      h("h1", {}, "This page needs its key"),
      h("p", {}, "Open the whole address that ", h("code", {}, "make up"), " has printed, with what stands behind the #."),
      why ? h("p", { class: "sub" }, why) : null,
    ),
  );
}

function isPlace(place) {
  return state.seen.channels.some((one) => one.id === place) || state.seen.apps.some((one) => `app:${one.id}` === place);
}

/** `#/C0GENERAL/1700000000.000100`: a conversation, and a message in it. */
function followLink() {
  const [, place, ts] = decodeURIComponent(location.hash).split("/");
  if (!isPlace(place)) return;
  const message = ts && state.seen?.messages.find((one) => one.ts === ts);
  go(place, { target: ts, thread: message?.thread_ts ?? null });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  closeMenu(true);
  if (state.drawer) {
    state.drawer = false;
    render();
  } else if (state.sideOpen && document.getElementById("side").contains(document.activeElement)) closeSide();
});

async function start() {
  applyTheme();
  takeToken();
  onRender(draw);
  try {
    await refresh();
  } catch (error) {
    return locked(error instanceof Refused && error.status === 401 ? "" : error.message);
  }
  if (!isPlace(state.place)) state.place = state.seen.channels[0]?.id ?? "";
  followLink();
  window.addEventListener("hashchange", () => {
    takeToken();
    followLink();
  });
  window.addEventListener("focus", render);
  document.getElementById("composer")?.focus();
  follow(
    () => refresh().catch(() => {}),
    (connection) => {
      if (connection === "locked") return locked("The stage was started anew with another key.");
      if (state.connection !== connection) {
        state.connection = connection;
        render();
      }
    },
  );
}

start();
