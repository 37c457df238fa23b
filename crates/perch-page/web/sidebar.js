// The left side: channels, apps with their home tab and messages, and who the person is.

import { avatar, h, icon, iconButton, replace } from "./dom.js";
import { become, go, openSide, own, render, state, unread } from "./state.js";

const THEMES = { auto: ["half", "Light or dark as the system says"], light: ["sun", "Light"], dark: ["moon", "Dark"] };

export function drawSidebar() {
  const place = document.getElementById("sidebar");
  const { seen } = state;
  if (!seen) return;
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.place : null;
  const active = document.activeElement?.id === "people" ? "people" : null;
  place.classList.toggle("open", state.drawer);
  replace(
    place,
    h(
      "header",
      {},
      h("div", { class: "workspace" }, h("strong", {}, "Perch"), h("small", {}, `${seen.stage} · on this machine`)),
      themeButton(),
      iconButton("close", "Close the list", () => ((state.drawer = false), render()), { class: "icon phone" }),
    ),
    h(
      "div",
      { class: "lists" },
      group(
        "Channels",
        seen.channels.map((one) => entry(one.id, icon(one.is_private ? "lock" : "hash"), one.name, one.apps.length ? null : "no app")),
      ),
      group(
        "Apps",
        seen.apps.map((one) => entry(`app:${one.id}`, avatar(one.name, "app", "tiny"), one.name)),
      ),
      state.connection === "away" ? h("p", { class: "away", role: "status" }, "The stage has stopped. This page goes on when `make up` does.") : null,
      seen.trouble ? h("p", { class: "away", role: "status" }, seen.trouble) : null,
    ),
    h(
      "footer",
      {},
      h("label", { for: "people" }, "You are"),
      h(
        "div",
        { class: "as" },
        avatar(own()?.real_name ?? "?", "person", "tiny"),
        h(
          "select",
          { id: "people", on: { change: (event) => become(event.target.value) } },
          seen.people.map((one) => h("option", { value: one.id, selected: one.id === seen.me }, one.real_name)),
        ),
      ),
      h("button", { type: "button", class: "quiet stage-link", on: { click: () => ((state.drawer = false), openSide("stage")) } }, icon("clock"), "Schedules and queues"),
    ),
  );
  if (key) place.querySelector(`[data-place="${CSS.escape(key)}"]`)?.focus();
  if (active) document.getElementById(active)?.focus();
}

function group(name, entries) {
  return h("section", {}, h("h2", {}, name), h("ul", {}, entries.map((one) => h("li", {}, one))));
}

function entry(place, picture, name, note) {
  const isHere = state.place === place;
  const count = isHere ? 0 : unread(place);
  return h(
    "button",
    {
      type: "button",
      class: `entry ${count ? "unread" : ""}`,
      "aria-current": isHere ? "page" : null,
      data: { place },
      on: { click: () => go(place) },
    },
    picture,
    h("span", {}, name),
    note ? h("small", {}, note) : null,
    count ? h("span", { class: "count" }, String(count), h("span", { class: "unseen" }, " unread")) : null,
  );
}

function themeButton() {
  const theme = localStorage.getItem("perch-theme") ?? "auto";
  const [name, label] = THEMES[theme];
  const names = Object.keys(THEMES);
  const next = () => {
    localStorage.setItem("perch-theme", names[(names.indexOf(theme) + 1) % names.length]);
    applyTheme();
    render();
  };
  return iconButton(name, `${label}: change`, next);
}

export function applyTheme() {
  const theme = localStorage.getItem("perch-theme") ?? "auto";
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
