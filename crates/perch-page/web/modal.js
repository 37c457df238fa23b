// Modals: the topmost of those that a person has before them, in the browser's own dialog, which keeps the focus inside.

import { act } from "./api.js";
import { announce, h, iconButton, replace, toast } from "./dom.js";
import { blocks } from "./blocks.js";
import { fault } from "./elements.js";
import { plain } from "./text.js";
import { app, here, refresh, state } from "./state.js";

/** What is filled in, and what is wrong, by view. */
const forms = new Map();
let dialog = null;
let shown = "";
let opener = null;

function formOf(view, inputs) {
  if (!forms.has(view.id)) forms.set(view.id, { values: { ...inputs }, errors: {}, failure: null, busy: false });
  return forms.get(view.id);
}

export function drawModal() {
  const open = state.seen?.modals ?? [];
  const top = open.at(-1);
  for (const id of forms.keys()) if (!open.some((one) => one.view.id === id)) forms.delete(id);
  if (!top) return shut();
  const seal = `${top.view.id}:${top.view.hash}:${open.length}`;
  if (shown === seal && dialog?.open) return;
  const isNew = !shown.startsWith(`${top.view.id}:`);
  shown = seal;
  const form = formOf(top.view, top.inputs);
  form.errors = {};
  form.failure = null;
  form.busy = false;
  draw(top.view, form, isNew);
}

function shut() {
  shown = "";
  if (!dialog) return;
  const closing = dialog;
  dialog = null;
  closing.close();
  closing.remove();
  (opener?.isConnected ? opener : document.getElementById("composer"))?.focus();
  opener = null;
}

function draw(view, form, isNew) {
  const focused = dialog?.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  if (!dialog) {
    opener = document.activeElement;
    dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(dialog.view, false);
    });
    // A browser may close it without asking, as at a second Esc: then it is closed for the bot as well.
    dialog.addEventListener("close", (event) => event.target === dialog && close(dialog.view, false));
    document.body.append(dialog);
    dialog.showModal();
  }
  if (!dialog.open) dialog.showModal();
  dialog.view = view;
  const context = {
    values: form.values,
    errors: form.errors,
    place: here(),
    touched: (block) => delete form.errors[block.block_id],
    redraw: () => draw(view, form, false),
    submit: () => submit(view, form),
    act: async (element, choice, block, label) => click(view, form, element, choice, label),
    ask: async (element, typed) => (await act("suggest", { as: state.seen.me, channel: here(), view_id: view.id, action_id: element.action_id, typed })).options,
  };
  const below = state.seen.modals.length > 1;
  const owner = app(view.app_id)?.name ?? "app";
  const body = h("div", { class: "body" }, form.failure ? failure(form.failure) : null, blocks(view.blocks, context));
  const footer = h(
    "footer",
    {},
    h("button", { type: "button", on: { click: () => close(view, false) } }, plain(view.close?.text ?? "Close")),
    view.submit ? h("button", { type: "submit", class: "primary", disabled: form.busy, "aria-busy": String(form.busy) }, plain(view.submit.text)) : null,
  );
  const frame = h(
    "form",
    { novalidate: true },
    h(
      "header",
      {},
      below ? iconButton("back", "Back", () => close(view, false)) : null,
      h("div", {}, h("h2", { id: "modal-title" }, plain(view.title?.text ?? "")), h("small", {}, owner)),
      iconButton("close", "Close the window", () => close(view, view.clear_on_close === true)),
    ),
    body,
    footer,
  );
  frame.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(view, form);
  });
  const scrolled = dialog.querySelector(".body")?.scrollTop ?? 0;
  replace(dialog, frame);
  if (!isNew) body.scrollTop = scrolled;
  const wrong = dialog.querySelector("[aria-invalid=true]");
  const kept = focused && dialog.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
  if (wrong && Object.keys(form.errors).length) wrong.focus();
  else if (kept) kept.focus();
  else if (isNew) firstField(view, body, footer)?.focus();
}

function firstField(view, body, footer) {
  const wanted = view.blocks?.find((block) => block.element?.focus_on_load)?.element.action_id;
  return (
    (wanted && body.querySelector(`[data-focus="${CSS.escape(wanted)}"]`)) ??
    body.querySelector("input, textarea, select") ??
    footer.querySelector("button:last-child")
  );
}

function failure({ says, why, reason, delivery }) {
  return h(
    "div",
    { class: "failure", role: "alert" },
    h("strong", {}, says),
    why ? h("div", {}, why) : null,
    reason ? h("div", {}, reason) : null,
    delivery ? h("small", {}, `Close this window to see it under Requests, number ${delivery}.`) : null,
  );
}

async function submit(view, form) {
  if (form.busy) return;
  const context = { values: form.values, place: here() };
  form.errors = {};
  form.failure = null;
  for (const block of view.blocks ?? []) {
    const wrong = block.type === "input" ? fault(block, context) : "";
    if (wrong) form.errors[block.block_id] = wrong;
  }
  if (Object.keys(form.errors).length) return complain(view, form);
  form.busy = true;
  draw(view, form, false);
  try {
    const done = await act("submit", { as: state.seen.me, channel: here(), view_id: view.id, inputs: inputsOf(view, form) });
    form.busy = false;
    if (done.errors) {
      form.errors = done.errors;
      complain(view, form);
    } else if (done.failed) {
      state.delivery = done.delivery;
      form.failure = { says: done.failed, why: done.why, reason: done.reason, delivery: done.delivery };
      draw(view, form, false);
    } else {
      await refresh();
      if (state.seen.modals.at(-1)?.view.id === view.id) drawModal();
    }
  } catch (error) {
    form.busy = false;
    form.failure = { says: "This form was not sent.", why: error.message };
    draw(view, form, false);
  }
}

function complain(view, form) {
  draw(view, form, false);
  announce(`${Object.keys(form.errors).length} field(s) need another look`);
}

/** Of what was ever filled in, what this view has elements for. */
function inputsOf(view, form) {
  const inputs = {};
  for (const block of view.blocks ?? []) {
    for (const one of [...(block.elements ?? []), block.accessory, block.element].filter((each) => each?.action_id)) {
      const key = `${block.block_id}/${one.action_id}`;
      if (form.values[key]) inputs[key] = form.values[key];
      // What the client fills in by itself, and the view does not say.
      else if (one.default_to_current_conversation) inputs[key] = [here()];
    }
  }
  return inputs;
}

async function click(view, form, element, choice, label) {
  try {
    const what = { as: state.seen.me, channel: here(), view_id: view.id, action_id: element.action_id, choice, label: label ?? "", inputs: inputsOf(view, form) };
    const done = await act("click", what);
    return done.ok;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

async function close(view, all) {
  try {
    await act("close", { as: state.seen.me, channel: here(), view_id: view.id, all });
  } catch {
    // It has gone meanwhile.
  }
  await refresh();
}
