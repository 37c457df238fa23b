// Blocks of Block Kit, each as Slack shows it. One that is not known is shown as such, with its JSON.

import { h, icon, unique } from "./dom.js";
import { interactive } from "./elements.js";
import { emoji } from "./emoji.js";
import { channelLink, date, link, markdown, mention, plain, textObject } from "./text.js";

/** All blocks; `context` is what elements.js asks for. */
export function blocks(list, context) {
  return (list ?? []).map((block) => one(block, context));
}

function one(block, context) {
  const make = BLOCKS[block.type];
  const drawn = make ? make(block, context) : unknown(block, "block");
  drawn.classList.add("block");
  if (block.block_id) drawn.dataset.block = block.block_id;
  return drawn;
}

/** What the page does not know. */
function unknown(thing, what) {
  return h(
    "details",
    { class: "unknown" },
    h("summary", {}, `${what} of type ${thing?.type ?? "?"}: this page does not draw it`),
    h("pre", { tabindex: "0" }, JSON.stringify(thing, null, 2)),
  );
}

function element(thing, block, context) {
  if (thing.type === "image") return picture(thing, "small");
  if (thing.type === "mrkdwn" || thing.type === "plain_text") return h("span", {}, textObject(thing));
  return interactive(thing, block, context) ?? unknown(thing, "element");
}

/** A picture of another host is not loaded: its words stand there, and a link that is followed on a click. */
function picture(image, size = "") {
  const url = image.image_url ?? image.url ?? image.slack_file?.url ?? "";
  const alt = image.alt_text ?? "picture";
  return h(
    "span",
    { class: `image ${size}`, role: "img", "aria-label": alt },
    h("span", { class: "sky", "aria-hidden": "true" }, size === "small" ? "🖼" : null),
    size === "small" ? null : h("span", { class: "alt" }, alt),
    size === "small" || !url ? null : link(url, "open"),
  );
}

function section(block, context) {
  return h(
    "div",
    { class: `section ${block.accessory?.type === "image" ? "with-image" : ""}` },
    h(
      "div",
      { class: "text" },
      block.text ? h("div", { class: block.expand === false ? "clamped" : "" }, textObject(block.text)) : null,
      block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, textObject(field)))) : null,
    ),
    block.accessory ? h("div", { class: "accessory" }, block.accessory.type === "image" ? picture(block.accessory, "thumb") : element(block.accessory, block, context)) : null,
  );
}

function input(block, context) {
  const id = unique("input");
  const [errorId, hintId] = [unique("error"), unique("hint")];
  const dispatch = block.dispatch_action === true;
  const error = context.errors?.[block.block_id];
  const describedBy = [error ? errorId : null, block.hint ? hintId : null].filter(Boolean).join(" ") || null;
  const inner = { ...context, input: { id, label: block.label.text, dispatch, describedBy } };
  const field = element(block.element, block, inner);
  const isField = /^(INPUT|TEXTAREA)$/.test(field.tagName) || field.querySelector(`#${id}`);
  const control = field.id === id ? field : (field.querySelector(`#${id}, input`) ?? field);
  if (error && control.setAttribute) control.setAttribute("aria-invalid", "true");
  if (error && context.touched) control.setAttribute("aria-describedby", describedBy);
  return h(
    "div",
    { class: `input ${error ? "wrong" : ""}` },
    h(
      isField ? "label" : "span",
      { class: "label", for: isField ? id : null },
      plain(block.label.text),
      block.optional ? h("span", { class: "optional" }, " (optional)") : null,
    ),
    field,
    error ? h("div", { class: "error", id: errorId }, icon("close"), h("span", {}, error)) : null,
    block.hint ? h("small", { class: "hint", id: hintId }, textObject(block.hint)) : null,
  );
}

// --- rich text -------------------------------------------------------------------------------------------------------

function styled(node, style) {
  let result = node;
  for (const [name, tag] of [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"], ["underline", "u"]]) {
    if (style?.[name]) result = h(tag, {}, result);
  }
  return result;
}

function richPart(part) {
  switch (part.type) {
    case "text":
      return styled(part.text.includes("\n") ? h("span", { class: "keep" }, part.text) : part.text, part.style);
    case "link":
      return styled(link(part.url, part.text ?? part.url), part.style);
    case "user":
      return styled(mention(part.user_id), part.style);
    case "channel":
      return styled(channelLink(part.channel_id), part.style);
    case "emoji":
      return part.unicode ? h("span", { class: "emoji" }, String.fromCodePoint(...part.unicode.split("-").map((code) => parseInt(code, 16)))) : h("span", { class: "emoji" }, emoji(part.name));
    case "broadcast":
      return h("span", { class: "mention" }, `@${part.range}`);
    case "usergroup":
      return h("span", { class: "mention" }, `@${part.usergroup_id}`);
    case "date":
      return h("time", {}, date(part.timestamp, part.format ?? "{date_long}", part.fallback ?? ""));
    case "color":
      return h("span", {}, h("span", { class: "swatch", style: { background: part.value } }), part.value);
    default:
      return h("code", { class: "unknown-part", title: JSON.stringify(part) }, part.text ?? part.type);
  }
}

function richSection(part) {
  const parts = (part.elements ?? []).map(richPart);
  switch (part.type) {
    case "rich_text_section":
      return h("div", { class: "keep" }, parts);
    case "rich_text_list":
      return h(
        part.style === "ordered" ? "ol" : "ul",
        { class: `indent${Math.min(part.indent ?? 0, 6)}`, start: part.style === "ordered" && part.offset ? part.offset + 1 : null },
        part.elements.map((item) => h("li", {}, (item.elements ?? []).map(richPart))),
      );
    case "rich_text_preformatted":
      return h("pre", { tabindex: "0" }, parts);
    case "rich_text_quote":
      return h("blockquote", {}, parts);
    default:
      return unknown(part, "rich text");
  }
}

function richText(block) {
  return h("div", { class: "rich" }, (block?.elements ?? []).map(richSection));
}

// --- tables and pictures -----------------------------------------------------------------------------------------------

function cell(value, block, context) {
  if (!value) return "";
  if (value.type === "rich_text") return richText(value);
  if (value.type === "raw_number") return value.text ?? String(value.value);
  if (value.type === "action_cell") return element(value.element, block, context);
  return value.text ?? "";
}

function table(block, context) {
  const settings = block.column_settings ?? [];
  const row = (cells, tag) =>
    h(
      "tr",
      {},
      cells.map((value, at) =>
        h(
          tag,
          { scope: tag === "th" ? "col" : null, class: `${settings[at]?.align ?? ""} ${settings[at]?.is_wrapped ? "wraps" : ""} ${value?.type === "raw_number" ? "number" : ""}` },
          cell(value, block, context),
        ),
      ),
    );
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? (block.type === "data_table" ? 5 : rows.length);
  let shown = size;
  const body = h("tbody", {}, rows.slice(0, shown).map((cells) => row(cells, "td")));
  const more = h("button", { type: "button", class: "quiet", on: { click: () => grow() } });
  const grow = () => {
    body.append(...rows.slice(shown, shown + size).map((cells) => row(cells, "td")));
    shown += size;
    say();
  };
  const say = () => {
    more.textContent = `Show ${Math.min(size, rows.length - shown)} more of ${rows.length}`;
    more.hidden = shown >= rows.length;
  };
  say();
  return h(
    "div",
    {},
    h(
      "div",
      { class: "scroller", tabindex: "0", role: "group", "aria-label": block.caption ?? "Table" },
      h("table", {}, block.caption ? h("caption", {}, block.caption) : null, h("thead", {}, row(head, "th")), body),
    ),
    more,
  );
}

/** Numbers of a chart in words; the kinds of chart are Slack's to draw. */
function chart(block) {
  const series = block.chart?.series ?? (block.chart?.segments ? [{ name: "", data: block.chart.segments }] : []);
  const points = series.flatMap((one) => (one.data ?? []).map((point) => ({ label: [one.name, point.label].filter(Boolean).join(": "), value: point.value })));
  if (!points.length) return unknown(block, "chart");
  const most = Math.max(...points.map((point) => Math.abs(point.value)), 1);
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, block.title, h("small", {}, ` ${block.chart.type}`)),
    points.map((point) =>
      h(
        "div",
        { class: "bar" },
        h("span", {}, point.label),
        h("span", { class: "track" }, h("span", { class: "fill", style: { width: `${(Math.abs(point.value) / most) * 100}%` } })),
        h("span", { class: "figure" }, String(point.value)),
      ),
    ),
  );
}

function video(block) {
  return h(
    "div",
    { class: "video" },
    h("div", {}, block.author_name ? h("small", {}, block.author_name) : null, h("div", {}, block.title_url ? link(block.title_url, textObject(block.title)) : h("strong", {}, textObject(block.title))), block.description ? h("small", {}, textObject(block.description)) : null),
    link(block.video_url, h("span", { class: "screen", role: "img", "aria-label": `Video: ${block.alt_text}` }, icon("play"), h("small", {}, block.provider_name ?? "opens elsewhere"))),
  );
}

// --- cards, plans and the like -----------------------------------------------------------------------------------------

function card(block, context) {
  return h(
    "div",
    { class: "card" },
    block.hero_image ? picture(block.hero_image) : null,
    h(
      "div",
      { class: "head" },
      block.icon ? picture(block.icon, "small") : null,
      h("div", {}, h("strong", {}, textObject(block.title)), block.subtitle ? h("small", {}, textObject(block.subtitle)) : null),
    ),
    block.body ? h("div", {}, textObject(block.body)) : null,
    block.subtext ? h("small", {}, textObject(block.subtext)) : null,
    block.actions ? h("div", { class: "actions" }, block.actions.map((one) => element(one, block, context))) : null,
  );
}

const STATUS = { pending: "○", in_progress: "◔", complete: "✓", error: "✕" };

function task(thing) {
  return h(
    "div",
    { class: `task ${thing.status ?? ""}` },
    h("div", { class: "line" }, h("span", { class: "mark", "aria-hidden": "true" }, STATUS[thing.status] ?? "○"), h("span", {}, thing.title), h("small", {}, (thing.status ?? "pending").replace("_", " "))),
    thing.details ? richText(thing.details) : null,
    thing.output ? richText(thing.output) : null,
    thing.sources?.length ? h("div", { class: "sources" }, thing.sources.map((source) => link(source.url, source.text ?? source.url))) : null,
  );
}

function container(block, context) {
  const head = [block.icon ? picture(block.icon, "small") : null, block.rich_text_title ? richText(block.rich_text_title) : h("strong", {}, textObject(block.title)), block.subtitle ? h("small", {}, textObject(block.subtitle)) : null];
  const body = h("div", { class: "inside" }, blocks(block.child_blocks, context));
  if (!block.is_collapsible) return h("div", { class: "container" }, h("div", { class: "head" }, head), body);
  return h("details", { class: "container", open: !block.default_collapsed }, h("summary", {}, head), body);
}

const BLOCKS = {
  section,
  input,
  header: (block) => h("h3", { class: `header level${block.level ?? 1}` }, plain(block.text.text)),
  divider: () => h("hr"),
  context: (block, context) => h("div", { class: "context" }, block.elements.map((one) => h("span", {}, element(one, block, context)))),
  actions: (block, context) => h("div", { class: "actions" }, block.elements.map((one) => element(one, block, context))),
  context_actions: (block, context) => h("div", { class: "actions slim" }, block.elements.map((one) => element(one, block, context))),
  image: (block) => h("figure", { class: "picture-block" }, block.title ? h("figcaption", {}, plain(block.title.text)) : null, picture(block)),
  rich_text: richText,
  markdown: (block) => h("div", { class: "markdown" }, markdown(block.text)),
  table,
  data_table: table,
  data_visualization: chart,
  video,
  alert: (block) => h("div", { class: `alert ${block.level ?? "default"}`, role: "note" }, textObject(block.text)),
  card,
  carousel: (block, context) => h("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "Cards" }, block.elements.map((one) => card(one, context))),
  container,
  plan: (block) => h("div", { class: "plan" }, h("strong", {}, block.title?.text ?? block.title), (block.tasks ?? []).map(task)),
  task_card: task,
  file: (block) => h("div", { class: "file" }, icon("file"), h("span", {}, `Remote file ${block.external_id}`)),
  call: (block) => h("div", { class: "file" }, h("span", {}, `Call ${block.call_id}`)),
};
