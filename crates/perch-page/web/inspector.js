// The right side's requests: each delivery with its request, signature, invocation, log lines, time and calls.

import { act, get } from "./api.js";
import { copy, h, icon, iconButton, keyed, replace, toast } from "./dom.js";
import { link } from "./text.js";
import { nameOf, openDelivery, render, state } from "./state.js";

const KINDS = {
  command: "slash command",
  block_actions: "block_actions",
  view_submission: "view_submission",
  view_closed: "view_closed",
  event_callback: "event",
  shortcut: "shortcut",
  message_action: "message shortcut",
  block_suggestion: "block_suggestion",
  schedule: "schedule",
  replay: "replay",
  request: "from a terminal",
};

const filter = { text: "", failed: false };
const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const took = (ms) => (ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`);

let detail = null;
let asked = "";

export function drawRequests(place) {
  if (state.delivery) return drawDetail(place);
  asked = "";
  detail = null;
  if (place.dataset.built !== "list") {
    place.dataset.built = "list";
    const field = h("input", {
      type: "search",
      placeholder: "Filter: a bot, a command, a kind",
      "aria-label": "Filter requests",
      value: filter.text,
      on: { input: () => ((filter.text = field.value), render()) },
    });
    const failed = h("input", { type: "checkbox", checked: filter.failed, on: { change: () => ((filter.failed = failed.checked), render()) } });
    replace(
      place,
      h("div", { class: "filter" }, field, h("label", { class: "box" }, failed, "failed"), iconButton("trash", "Forget all requests", clear)),
      h("ul", { class: "deliveries", "aria-label": "Requests, newest first" }),
    );
  }
  const wanted = filter.text.toLowerCase();
  const shown = state.seen.deliveries.filter((one) => {
    const text = `${one.bot} ${one.kind} ${KINDS[one.kind] ?? ""} ${one.what} ${nameOf(one.person)} ${one.odd ?? ""}`.toLowerCase();
    return text.includes(wanted) && (!filter.failed || one.failed);
  });
  const items = shown.map((one) => ({ key: String(one.id), seal: JSON.stringify(one), one }));
  if (!items.length) items.push({ key: "none", seal: wanted, none: true });
  keyed(place.querySelector("ul"), items, (item) => (item.none ? nothing(wanted) : row(item.one)));
}

function nothing(wanted) {
  return h("li", { class: "nothing" }, wanted || filter.failed ? "No request fits." : "What bots are sent shows here: type a command, click a button, fire a schedule.");
}

async function clear() {
  await act("clear", {}).catch((error) => toast(error.message));
}

function mark(one) {
  if (!one.done) return h("span", { class: "mark running", role: "img", "aria-label": "under way" });
  return h("span", { class: `mark ${one.failed ? "bad" : one.warnings ? "so-so" : "good"}`, role: "img", "aria-label": one.failed ? "failed" : one.warnings ? "with warnings" : "fine" });
}

function row(one) {
  const tags = [one.odd, one.cold ? "cold" : null, one.jobs ? `${one.jobs} job${one.jobs > 1 ? "s" : ""}` : null, one.calls ? `${one.calls} call${one.calls > 1 ? "s" : ""}` : null].filter(Boolean);
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "delivery", data: { focus: `delivery:${one.id}` }, on: { click: () => openDelivery(one.id) } },
      mark(one),
      h(
        "span",
        { class: "what" },
        h("span", { class: "first" }, h("strong", {}, one.what)),
        h("small", {}, [one.bot, one.person ? nameOf(one.person) : null, clock(one.at)].filter(Boolean).join(" · ")),
        tags.length ? h("span", { class: "tags" }, tags.map((tag) => h("span", { class: "tag" }, tag))) : null,
      ),
      h("span", { class: "figures" }, one.status ? h("span", { class: `status ${one.status === 200 ? "" : "bad"}` }, String(one.status)) : null, one.ms ? h("small", {}, took(one.ms)) : null),
    ),
  );
}

// --- one delivery --------------------------------------------------------------------------------------------------------

async function drawDetail(place) {
  const id = state.delivery;
  const listed = state.seen.deliveries.find((one) => one.id === id);
  const seal = `${id}:${JSON.stringify(listed)}`;
  if (place.dataset.built !== `delivery:${id}`) {
    place.dataset.built = `delivery:${id}`;
    replace(place, h("p", { class: "nothing" }, "…"));
    detail = null;
    asked = "";
  }
  if (asked === seal) return;
  asked = seal;
  try {
    const found = await get("delivery", { id });
    if (state.delivery !== id) return;
    const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.key));
    const closed = new Set([...place.querySelectorAll("details:not([open])")].map((one) => one.dataset.key));
    const had = place.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const scrolled = place.scrollTop;
    const isFirst = detail === null;
    detail = found;
    replace(place, body(found));
    for (const one of place.querySelectorAll("details")) {
      if (open.has(one.dataset.key)) one.open = true;
      if (closed.has(one.dataset.key)) one.open = false;
    }
    place.scrollTop = scrolled;
    if (isFirst) place.querySelector("h3")?.focus();
    else if (had) place.querySelector(`[data-focus="${CSS.escape(had)}"]`)?.focus();
  } catch (error) {
    replace(place, backButton(), h("p", { class: "nothing" }, error.message));
  }
}

function backButton() {
  return h("button", { type: "button", class: "quiet back", data: { focus: "back" }, on: { click: () => ((state.delivery = null), render()) } }, icon("back"), "All requests");
}

function body(one) {
  return h(
    "div",
    { class: "detail" },
    backButton(),
    h("h3", { tabindex: "-1" }, one.what),
    h("p", { class: "sub" }, [KINDS[one.kind] ?? one.kind, one.bot, one.person ? `by ${nameOf(one.person)}` : null, clock(one.at)].filter(Boolean).join(" · "), one.odd ? h("span", { class: "tag" }, one.odd) : null),
    outcome(one),
    bar(one),
    buttons(one),
    one.runs.map((run, index) => invocation(run, index, one)),
    calls(one),
    request(one),
    response(one),
  );
}

function outcome(one) {
  const says = one.shown ?? one.unanswered;
  if (!says && one.is_done) return null;
  return h("div", { class: `outcome ${!one.is_done ? "running" : one.failed ? "bad" : "good"}` }, one.is_done ? says : "The bot is asked …");
}

/** The response's time against Slack's patience, with its cold start. */
function bar(one) {
  if (!one.answer?.ms || one.kind === "schedule") return null;
  const most = one.patience_ms;
  const scale = Math.max(most * 1.1, one.answer.ms * 1.05);
  const percent = (ms) => `${Math.min(100, (ms / scale) * 100)}%`;
  const init = one.runs[0]?.init_ms ?? 0;
  const label = `${took(one.answer.ms)} of the ${most / 1000} s that Slack waits${init ? `, ${took(init)} of it the cold start` : ""}`;
  return h(
    "div",
    { class: "timing" },
    h(
      "div",
      { class: "timebar", role: "img", "aria-label": label },
      h("span", { class: `run ${one.answer.ms > most ? "late" : ""}`, style: { width: percent(one.answer.ms) } }),
      init ? h("span", { class: "init", style: { width: percent(init) } }) : null,
      h("span", { class: "limit", style: { left: percent(most) } }),
    ),
    h("small", {}, label),
  );
}

function buttons(one) {
  const again = (how, label, title) =>
    h("button", { type: "button", class: "block-button", title, data: { focus: `again:${how}` }, on: { click: () => resend(one.id, how) } }, label);
  if (!one.body) {
    return one.kind === "request" ? h("p", { class: "sub" }, "Another process sent this one, so that its body is not known here.") : null;
  }
  const copied = (text, label) => {
    const button = h("button", { type: "button", class: "block-button", data: { focus: label }, on: { click: () => copy(text, button) } }, label);
    return button;
  };
  return h(
    "div",
    { class: "buttons" },
    h(
      "div",
      { role: "group", "aria-label": "Send it once more" },
      again("again", "Again", "As it was, with a new signature and trigger"),
      again("retry", "As a retry", "With x-slack-retry-num: 1"),
      again("late", "Late", "Signed ten minutes ago: the bot should refuse it"),
      again("forged", "Forged", "Signed with another secret: the bot should refuse it"),
    ),
    h("div", { role: "group", "aria-label": "Take it elsewhere" }, copied(one.curl, "Copy as curl"), copied(one.test, "Copy as a test"), builder(one)),
  );
}

async function resend(delivery, how) {
  try {
    const { delivery: id } = await act("again", { delivery, how });
    openDelivery(id);
  } catch (error) {
    toast(error.message);
  }
}

/** Block Kit Builder with the blocks that the bot showed; followed on a click alone. */
function builder(one) {
  let shown = null;
  const of = (value) => (value?.blocks?.length ? { blocks: value.blocks } : null);
  for (const call of one.calls) shown = of(call.arguments) ?? (call.arguments?.view ? call.arguments.view : null) ?? shown;
  try {
    const answer = JSON.parse(one.answer?.body || "null");
    shown = of(answer) ?? answer?.view ?? shown;
  } catch {
    // A text.
  }
  if (!shown) return null;
  return link(`https://app.slack.com/block-kit-builder/#${encodeURIComponent(JSON.stringify(shown))}`, "Block Kit Builder ↗");
}

function folded(key, title, open, ...content) {
  return h("details", { data: { key }, open }, h("summary", {}, title), content);
}

function invocation(run, index, one) {
  const isJob = index > 0 || one.kind === "schedule";
  const tries = isJob && run.attempt > 1 ? `, try ${run.attempt} of 3` : "";
  const name = run.handler ?? (isJob ? "job" : "handler");
  const state = run.status ?? "under way";
  return h(
    "section",
    { class: `invocation ${state === "success" ? "" : run.status ? "bad" : ""}` },
    h("h4", {}, h("span", { class: "tag" }, run.init_ms ? "cold" : "warm"), ` ${name}${tries}`),
    h(
      "p",
      { class: "sub" },
      [run.function, run.version ? `version ${run.version}` : null, run.status ? took(run.duration_ms) : null, run.init_ms ? `Init ${took(run.init_ms)}` : null, run.memory_mb ? `${run.memory_mb} MB` : null, state === "success" ? null : state, run.condition && run.condition !== "Success" ? run.condition : null].filter(Boolean).join(" · "),
    ),
    h("ol", { class: "lines", "aria-label": "Log lines" }, run.lines.filter((line) => line.says !== "END ").map(logLine)),
  );
}

function logLine(line) {
  return h("li", { class: `line ${line.level.toLowerCase()}` }, h("span", { class: "level" }, line.level === "LAMBDA" ? "λ" : line.level), h("span", { title: line.raw }, line.says));
}

function calls(one) {
  if (!one.calls.length) return null;
  return h(
    "section",
    {},
    h("h4", {}, "Calls that it made"),
    one.calls.map((call, index) =>
      folded(
        `call:${index}`,
        [h("span", { class: `tag ${call.service}` }, call.service), h("span", { class: "call" }, call.what), h("span", { class: `status ${call.failed ? "bad" : ""}` }, call.outcome)],
        false,
        call.problems.length ? h("ul", { class: "problems" }, call.problems.map((problem) => h("li", {}, problem))) : null,
        call.arguments ? [h("h5", {}, "Arguments"), json(call.arguments)] : null,
        call.answer ? [h("h5", {}, "Answer"), json(call.answer)] : null,
      ),
    ),
  );
}

function request(one) {
  if (!one.body) return null;
  return h(
    "section",
    {},
    h("h4", {}, "Request"),
    h("p", { class: `signature ${one.signature.ok ? "good" : "bad"}` }, icon(one.signature.ok ? "check" : "close"), `The signature ${one.signature.says}`),
    h("p", { class: "sub address" }, `POST ${one.applied}`),
    folded("decoded", "Decoded", true, json(one.decoded)),
    folded("headers", `${one.headers.length} headers`, false, headers(one.headers)),
    folded("raw", "As it was sent", false, h("pre", { tabindex: "0", class: "wraps" }, one.body)),
  );
}

function response(one) {
  if (!one.answer) return null;
  let parsed = null;
  try {
    parsed = JSON.parse(one.answer.body);
  } catch {
    // A text, or nothing.
  }
  return h(
    "section",
    {},
    h("h4", {}, "Response", one.answer.status ? h("span", { class: `status ${one.answer.status === 200 ? "" : "bad"}` }, String(one.answer.status)) : null),
    one.answer.body ? (parsed ? json(parsed) : h("pre", { tabindex: "0", class: "wraps" }, one.answer.body)) : h("p", { class: "sub" }, one.origin === "terminal" ? "Its body is not known here." : "An empty body."),
    one.answer.headers.length ? folded("answer-headers", `${one.answer.headers.length} headers`, false, headers(one.answer.headers)) : null,
  );
}

function headers(list) {
  return h("table", { class: "headers" }, h("tbody", {}, list.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));
}

/** JSON with its colours. */
export function json(value) {
  const text = JSON.stringify(value, null, 2);
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null|-?\d[\d.eE+-]*)\b/g)) {
    if (found.index > at) parts.push(text.slice(at, found.index));
    const kind = found[2] ? "key" : found[1] ? "string" : "literal";
    parts.push(h("span", { class: kind }, found[1] ?? found[3]), found[2] ?? "");
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return h("pre", { class: "json", tabindex: "0" }, parts);
}
