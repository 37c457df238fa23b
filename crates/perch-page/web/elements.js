// The elements of Block Kit that a person acts on or fills in.
//
// `context` says where an element stands: `values`, what was filled in there by "block/action"; `act(element, choice, block)`,
// which sends a click; `ask(element, typed)`; `place`, the channel. In an input block, `input` is set: then a choice is kept and
// sent with the form, and only `dispatch` sends it at once.

import { confirmed } from "./dialog.js";
import { h, icon, unique } from "./dom.js";
import { openMenu } from "./menu.js";
import { initialChoices, select } from "./select.js";
import { link, plain, textObject } from "./text.js";

const pad = (number) => String(number).padStart(2, "0");

/** Seconds since 1970 as a field for a date and a time takes them. */
function localMoment(seconds) {
  const at = new Date(seconds * 1000);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** What an element begins with, as a list of values. */
function initial(element, place) {
  switch (element.type) {
    case "datepicker":
      return element.initial_date ? [element.initial_date] : [];
    case "timepicker":
      return element.initial_time ? [element.initial_time] : [];
    case "datetimepicker":
      return element.initial_date_time ? [String(element.initial_date_time)] : [];
    case "checkboxes":
      return (element.initial_options ?? []).map((option) => option.value);
    case "radio_buttons":
      return element.initial_option ? [element.initial_option.value] : [];
    case "rich_text_input":
      return element.initial_value ? [JSON.stringify(element.initial_value)] : [];
    default:
      return element.type.endsWith("_select") ? initialChoices(element, place) : element.initial_value ? [element.initial_value] : [];
  }
}

/** The key under which a value is kept. */
export const keyOf = (block, element) => `${block.block_id}/${element.action_id}`;

export function valueOf(context, block, element) {
  const key = keyOf(block, element);
  return context.values[key] ?? initial(element, context.place);
}

/** An element, or nothing for one that the page does not know. */
export function interactive(element, block, context) {
  const make = ELEMENTS[element.type] ?? (element.type?.endsWith("_select") ? selecting : null);
  return make ? make(element, block, context) : null;
}

function labelled(context, element, fallback) {
  return {
    id: context.input?.id,
    "aria-label": context.input ? null : fallback,
    "aria-describedby": context.input?.describedBy,
    "aria-invalid": null,
    data: { focus: element.action_id },
  };
}

/** Keeps a value, and sends it where the element stands outside a form, or asks for that. */
function keep(context, block, element, values, label) {
  const before = valueOf(context, block, element);
  context.values[keyOf(block, element)] = values;
  context.touched?.(block);
  if (!context.input) {
    confirmed(element.confirm).then((yes) => {
      if (yes) return context.act(element, values, block, label);
      context.values[keyOf(block, element)] = before;
      context.redraw?.();
    });
  } else if (context.input.dispatch && !isText(element)) context.act(element, values, block, label);
}

const isText = (element) => /_text_input$|^number_input$/.test(element.type);

function button(element, block, context) {
  const press = async () => {
    if (!(await confirmed(element.confirm))) return;
    if (element.url) window.open(element.url, "_blank", "noopener,noreferrer");
    pressed.classList.add("busy");
    pressed.setAttribute("aria-busy", "true");
    const fine = await context.act(element, [], block, element.text?.text);
    pressed.classList.remove("busy");
    pressed.removeAttribute("aria-busy");
    pressed.classList.toggle("warned", fine === false);
  };
  const pressed = h(
    "button",
    {
      type: "button",
      class: `block-button ${element.style ?? ""}`,
      "aria-label": element.accessibility_label,
      data: { focus: element.action_id ?? "" },
      on: { click: press },
    },
    textObject(element.text),
  );
  return pressed;
}

function overflow(element, block, context) {
  const opener = h(
    "button",
    {
      type: "button",
      class: "icon",
      "aria-label": "More choices",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      data: { focus: element.action_id },
      on: {
        click: () =>
          openMenu(
            opener,
            "More choices",
            element.options.map((option) => ({
              label: plain(option.text.text),
              note: option.description?.text,
              act: async () => {
                if (!(await confirmed(element.confirm))) return;
                if (option.url) window.open(option.url, "_blank", "noopener,noreferrer");
                context.act(element, [option.value], block, option.text.text);
              },
            })),
          ),
      },
    },
    icon("more"),
  );
  return opener;
}

function selecting(element, block, context) {
  const label = context.input?.label ?? element.placeholder?.text ?? "Choose";
  return select(element, {
    values: valueOf(context, block, element),
    label,
    describedBy: context.input?.describedBy,
    ask: (typed) => context.ask(element, typed),
    changed: (values) => keep(context, block, element, values, label),
  });
}

function picker(type, toValue = (text) => text, fromValue = (value) => value) {
  return (element, block, context) => {
    const [value] = valueOf(context, block, element);
    const names = { date: "Date", time: "Time", "datetime-local": "Date and time" };
    const field = h("input", {
      type,
      value: value ? fromValue(value) : "",
      ...labelled(context, element, element.placeholder?.text ?? names[type]),
    });
    field.addEventListener("change", () => {
      const values = field.value ? [toValue(field.value)] : [];
      if (values.length || context.input) keep(context, block, element, values, names[type]);
    });
    return field;
  };
}

function boxes(type) {
  return (element, block, context) => {
    const name = unique("boxes");
    const chosen = new Set(valueOf(context, block, element));
    const options = element.options.map((option, index) => {
      const box = h("input", { type, name, checked: chosen.has(option.value), data: { focus: `${element.action_id}:${index}` } });
      box.addEventListener("change", () => {
        if (type === "radio") chosen.clear();
        if (box.checked) chosen.add(option.value);
        else chosen.delete(option.value);
        keep(context, block, element, element.options.map((one) => one.value).filter((one) => chosen.has(one)), option.text.text);
      });
      return h(
        "label",
        { class: "box" },
        box,
        h("span", {}, textObject(option.text), option.description ? h("small", {}, textObject(option.description)) : null),
      );
    });
    return h(
      "div",
      {
        role: type === "radio" ? "radiogroup" : "group",
        class: "boxes",
        id: context.input?.id,
        "aria-label": context.input?.label ?? "Choices",
        "aria-describedby": context.input?.describedBy,
      },
      options,
    );
  };
}

function textField(type) {
  return (element, block, context) => {
    const isArea = element.multiline === true;
    const [value] = valueOf(context, block, element);
    const field = h(isArea ? "textarea" : "input", {
      type: isArea ? null : type,
      rows: isArea ? 4 : null,
      value: value ?? "",
      placeholder: element.placeholder?.text,
      maxlength: element.max_length,
      inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
      ...labelled(context, element, element.placeholder?.text ?? "Text"),
    });
    const on = context.input?.dispatch ? (element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"]) : [];
    let timer;
    field.addEventListener("input", () => {
      keep(context, block, element, field.value ? [field.value] : []);
      clearTimeout(timer);
      if (on.includes("on_character_entered")) {
        timer = setTimeout(() => context.act(element, [field.value], block, context.input.label), 250);
      }
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || isArea) return;
      event.preventDefault();
      if (on.includes("on_enter_pressed")) context.act(element, [field.value], block, context.input.label);
      else context.submit?.();
    });
    return field;
  };
}

/** Slack's formatting signs, as a `rich_text` block. */
export function richText(text) {
  const styled = (line) =>
    line
      .split(/(\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~|`[^`\n]+`|https?:\/\/\S+)/)
      .filter(Boolean)
      .map((part) => {
        const style = { "*": "bold", _: "italic", "~": "strike", "`": "code" }[part[0]];
        if (style && part.length > 2 && part.at(-1) === part[0]) return { type: "text", text: part.slice(1, -1), style: { [style]: true } };
        if (/^https?:/.test(part)) return { type: "link", url: part };
        return { type: "text", text: part };
      });
  const elements = [];
  for (const line of text.split("\n")) {
    const item = /^[-•]\s+(.*)$/.exec(line);
    const last = elements.at(-1);
    const section = (parts) => ({ type: "rich_text_section", elements: parts });
    if (item && last?.type === "rich_text_list") last.elements.push(section(styled(item[1])));
    else if (item) elements.push({ type: "rich_text_list", style: "bullet", elements: [section(styled(item[1]))] });
    else if (last?.type === "rich_text_section") last.elements.push({ type: "text", text: "\n" }, ...styled(line));
    else elements.push(section(styled(line)));
  }
  return { type: "rich_text", elements };
}

function richTextField(element, block, context) {
  const [value] = valueOf(context, block, element);
  const signs = { bold: "*", italic: "_", strike: "~", code: "`" };
  const said = (part) => {
    const sign = signs[Object.keys(part.style ?? {})[0]] ?? "";
    return `${sign}${part.text ?? part.url ?? ""}${sign}`;
  };
  const sectionText = (section) => (section.elements ?? []).map((part) => (part.elements ? `- ${part.elements.map(said).join("")}` : said(part)));
  let text = "";
  if (value) {
    const parsed = JSON.parse(value);
    text = parsed.elements.map((part) => sectionText(part).join(part.type === "rich_text_list" ? "\n" : "")).join("\n");
  }
  const hint = unique("hint");
  const field = h("textarea", {
    rows: 4,
    value: text,
    placeholder: element.placeholder?.text,
    ...labelled(context, element, element.placeholder?.text ?? "Formatted text"),
  });
  field.setAttribute("aria-describedby", [context.input?.describedBy, hint].filter(Boolean).join(" "));
  field.addEventListener("input", () => keep(context, block, element, field.value ? [JSON.stringify(richText(field.value))] : []));
  return h("div", {}, field, h("small", { id: hint, class: "hint" }, "*bold*  _italic_  ~struck~  `code`  - list"));
}

function fileField(element, block, context) {
  const field = h("input", {
    type: "file",
    multiple: (element.max_files ?? 10) > 1,
    accept: element.filetypes?.map((ending) => `.${ending}`).join(","),
    ...labelled(context, element, "Files"),
  });
  field.addEventListener("change", () => {
    const names = [...field.files].slice(0, element.max_files ?? 10).map((file) => file.name);
    keep(context, block, element, names, names.join(", "));
  });
  return field;
}

function feedback(element, block, context) {
  const one = (which, fallback) => {
    const made = element[which];
    return h(
      "button",
      {
        type: "button",
        class: "icon",
        "aria-label": made.accessibility_label ?? made.text?.text,
        title: made.text?.text,
        on: { click: () => context.act({ ...element, ...made, type: "button", action_id: element.action_id }, [], block, made.text?.text) },
      },
      fallback,
    );
  };
  return h("span", { class: "feedback" }, one("positive_button", "👍"), one("negative_button", "👎"));
}

function iconed(element, block, context) {
  const label = element.accessibility_label ?? element.text?.text ?? element.icon;
  const press = async () => (await confirmed(element.confirm)) && context.act(element, [], block, element.text?.text);
  return h("button", { type: "button", class: "icon", "aria-label": label, title: label, on: { click: press } }, icon("trash"));
}

function workflow(element) {
  return link(element.workflow?.trigger?.url ?? "", h("span", { class: `block-button ${element.style ?? ""}` }, textObject(element.text)));
}

const ELEMENTS = {
  button,
  overflow,
  datepicker: picker("date"),
  timepicker: picker("time"),
  datetimepicker: picker(
    "datetime-local",
    (text) => String(Math.floor(new Date(text).getTime() / 1000)),
    (value) => localMoment(Number(value)),
  ),
  checkboxes: boxes("checkbox"),
  radio_buttons: boxes("radio"),
  plain_text_input: textField("text"),
  email_text_input: textField("email"),
  url_text_input: textField("url"),
  number_input: textField("text"),
  rich_text_input: richTextField,
  file_input: fileField,
  feedback_buttons: feedback,
  icon_button: iconed,
  workflow_button: workflow,
};

/** What Slack's own client finds wrong with a value, before anything is sent; empty if it is fine. */
export function fault(block, context) {
  const element = block.element;
  const values = valueOf(context, block, element).filter((value) => value !== "");
  const [value] = values;
  if (!values.length) return block.optional ? "" : "Please complete this required field.";
  const length = [...value].length;
  if (element.min_length && length < element.min_length) return `Please use at least ${element.min_length} characters.`;
  if (element.max_length && length > element.max_length) return `Please use at most ${element.max_length} characters.`;
  if (element.type === "email_text_input" && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value)) return "Please enter a valid email address.";
  if (element.type === "url_text_input" && !/^[a-z][a-z0-9+.-]*:\/\/[^\s/]+/i.test(value)) return "Please enter a valid URL.";
  if (element.type === "number_input") {
    if (!(element.is_decimal_allowed ? /^-?\d+([.]\d+)?$/ : /^-?\d+$/).test(value)) {
      return element.is_decimal_allowed ? "Please enter a number." : "Please enter a whole number.";
    }
    if (element.min_value !== undefined && Number(value) < Number(element.min_value)) return `Please enter ${element.min_value} or more.`;
    if (element.max_value !== undefined && Number(value) > Number(element.max_value)) return `Please enter ${element.max_value} or less.`;
  }
  return "";
}
