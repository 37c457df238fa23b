// The right side's stage: schedules to fire, failure queues to replay, secrets by name, alarms, and what is applied.

import { act, get } from "./api.js";
import { h, icon, replace, toast } from "./dom.js";
import { json } from "./inspector.js";
import { picture } from "./picture.js";
import { openDelivery, state } from "./state.js";

let drawn = "";

export async function drawStage(place) {
  let stage;
  try {
    stage = await get("stage");
  } catch (error) {
    drawn = "";
    replace(place, h("p", { class: "nothing" }, error.message));
    return;
  }
  if (state.side !== "stage") return;
  const seal = JSON.stringify(stage);
  if (drawn === seal && place.dataset.built === "stage") return;
  drawn = seal;
  const had = place.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.key));
  place.dataset.built = "stage";
  replace(place, h("div", { class: "detail" }, schedules(stage), queues(stage), alarms(stage), secrets(stage), applied(stage)));
  for (const one of place.querySelectorAll("details")) one.open = open.has(one.dataset.key);
  if (had) place.querySelector(`[data-focus="${CSS.escape(had)}"]`)?.focus();
}

function schedules(stage) {
  return h(
    "section",
    {},
    h("h3", {}, "Schedules"),
    stage.schedules.length ? null : h("p", { class: "nothing" }, "No bot has a schedule."),
    stage.schedules.map((one) =>
      h(
        "div",
        { class: "thing" },
        h(
          "div",
          {},
          h("strong", {}, one.bot),
          h("code", {}, one.expression),
          h("small", {}, one.enabled ? "" : "disabled: ", one.at.length ? `next ${one.at.join(", ")} in ${one.timezone}` : "no time is left"),
        ),
        fireButton(one),
      ),
    ),
  );
}

function fireButton(one) {
  const button = h("button", { type: "button", class: "block-button primary", data: { focus: `fire:${one.name}` }, "aria-label": `Fire ${one.bot}` }, icon("play"), "Fire");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { outcome } = await act("fire", { schedule: one.name });
      if (outcome !== "success") toast(`${one.bot}: ${outcome}`);
    } catch (error) {
      toast(error.message);
    }
    button.disabled = false;
  });
  return button;
}

function queues(stage) {
  return h(
    "section",
    {},
    h("h3", {}, "Failure queues"),
    stage.queues.map((queue) =>
      h(
        "div",
        { class: "thing tall" },
        h("div", {}, h("strong", {}, queue.name), h("span", { class: `tag ${queue.count ? "bad" : ""}` }, queue.count ? `${queue.count} waiting` : "empty")),
        queue.messages.map((message) => failed(queue, message)),
      ),
    ),
  );
}

function failed(queue, message) {
  let body;
  try {
    body = JSON.parse(message.body);
  } catch {
    body = message.body;
  }
  const why = body?.responsePayload?.errorMessage ?? body?.requestContext?.condition ?? "";
  const button = h("button", { type: "button", class: "block-button", data: { focus: `replay:${message.id}` }, "aria-label": `Replay what failed at ${message.sent}` }, "Replay");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { delivery, error } = await act("replay", { queue: queue.name, message_id: message.id });
      if (error) toast(`It failed again: ${error}`);
      openDelivery(delivery);
    } catch (error) {
      toast(error.message);
      button.disabled = false;
    }
  });
  return h("details", { data: { key: message.id } }, h("summary", {}, new Date(message.sent).toLocaleTimeString("en-GB"), " ", h("small", {}, why)), button, json(body));
}

function alarms(stage) {
  const ringing = stage.alarms.filter((one) => one.rings);
  return h(
    "section",
    {},
    h("h3", {}, "Alarms"),
    ringing.length ? null : h("p", { class: "sub" }, `None of ${stage.alarms.length} would ring.`),
    ringing.map((one) => h("div", { class: "thing alarm", role: "status" }, h("div", {}, h("strong", {}, one.name), h("small", {}, one.why)))),
    stage.alarms
      .filter((one) => !one.rings && one.last)
      .map((one) => h("div", { class: "thing" }, h("div", {}, h("strong", {}, one.name), h("small", {}, `${one.why}; it rang last at ${new Date(one.last).toLocaleTimeString("en-GB")}`)))),
  );
}

function secrets(stage) {
  return h(
    "section",
    {},
    h("h3", {}, "Secrets"),
    h("p", { class: "sub" }, "By name. Their values never come to this page."),
    h(
      "table",
      { class: "headers" },
      h(
        "tbody",
        {},
        stage.secrets.flatMap((bot) =>
          bot.secrets.map((one) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, one.parameter, h("small", {}, `${bot.bot} reads it as ${one.variable}`)),
              h("td", {}, one.is_set ? h("span", { class: "tag good" }, "set") : h("span", { class: "tag bad" }, "missing")),
            ),
          ),
        ),
      ),
    ),
  );
}

function applied(stage) {
  return h("section", {}, h("h3", {}, "What is applied"), picture(stage));
}
