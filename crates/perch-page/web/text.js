// Texts as Slack shows them: mrkdwn, Markdown, plain text. They become nodes; no text is ever read as HTML.

import { emoji } from "./emoji.js";
import { h } from "./dom.js";
import { appByUser, channel, go, person } from "./state.js";

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A link that is followed on a click alone, and that tells the other side nothing. */
export function link(url, label) {
  if (!/^(https?:|mailto:|tel:|slack:)/i.test(url)) return h("span", {}, label);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function mention(id) {
  const found = person(id);
  const bot = appByUser(id);
  const mine = id === sessionStorage.getItem("perch-as");
  const label = found?.name ?? bot?.name ?? id;
  return h("span", { class: `mention${mine ? " me" : ""}` }, `@${label}`);
}

export function channelLink(id, label) {
  const name = channel(id)?.name ?? label ?? id;
  return h("button", { type: "button", class: "mention", on: { click: () => channel(id) && go(id) } }, `#${name}`);
}

/** `<!date^…>`: the moment in the reader's own words. */
export function date(seconds, format, fallback) {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  const say = (options) => at.toLocaleString("en-GB", options);
  const day = (style) => {
    const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400000);
    const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
    return style.pretty && near ? near : say(style.options);
  };
  const long = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
  const plain = { year: "numeric", month: "long", day: "numeric" };
  const short = { year: "numeric", month: "short", day: "numeric" };
  const words = {
    date_num: () => at.toISOString().slice(0, 10),
    date_slash: () => at.toISOString().slice(0, 10).replaceAll("-", "/"),
    date: () => day({ options: plain }),
    date_pretty: () => day({ options: plain, pretty: true }),
    date_short: () => day({ options: short }),
    date_short_pretty: () => day({ options: short, pretty: true }),
    date_long: () => day({ options: long }),
    date_long_pretty: () => day({ options: long, pretty: true }),
    day_divider_pretty: () => day({ options: { weekday: "long", month: "long", day: "numeric" }, pretty: true }),
    time: () => say({ hour: "2-digit", minute: "2-digit" }),
    time_secs: () => say({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    ago: () => ago(at),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => words[name]?.() ?? whole);
}

export function ago(at) {
  const minutes = Math.round((Date.now() - at.getTime()) / 60000);
  if (Math.abs(minutes) < 1) return "just now";
  const [count, unit] = Math.abs(minutes) < 60 ? [minutes, "minute"] : Math.abs(minutes) < 1440 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  const words = `${Math.abs(count)} ${unit}${Math.abs(count) === 1 ? "" : "s"}`;
  return count > 0 ? `${words} ago` : `in ${words}`;
}

/** What stands in `<…>`. */
function angled(inner) {
  const [target, label] = inner.split("|");
  const shown = label === undefined ? null : unescaped(label);
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelLink(target.slice(1), shown);
  if (target.startsWith("!date^")) {
    const [, seconds, format, url] = target.split("^");
    const text = date(seconds, format, shown ?? "");
    return url ? link(url, text) : h("time", { datetime: new Date(seconds * 1000).toISOString(), title: shown ?? "" }, text);
  }
  if (target.startsWith("!subteam")) return h("span", { class: "mention" }, shown ?? target);
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${shown ?? target.slice(1)}`);
  return link(unescaped(target), shown ?? unescaped(target).replace(/^mailto:/, ""));
}

const INLINE =
  /<([^<>\n]+)>|`([^`\n]+)`|(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])|:([a-z0-9_+-]+(?:::skin-tone-\d)?):/g;

/** One line of mrkdwn. */
export function inline(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) nodes.push(unescaped(text.slice(at, found.index)));
    const [whole, angle, code, bold, italic, strike, name] = found;
    if (angle !== undefined) nodes.push(angled(angle));
    else if (code !== undefined) nodes.push(h("code", {}, unescaped(code)));
    else if (bold !== undefined) nodes.push(h("strong", {}, inline(bold)));
    else if (italic !== undefined) nodes.push(h("em", {}, inline(italic)));
    else if (strike !== undefined) nodes.push(h("s", {}, inline(strike)));
    else nodes.push(pictured(name));
    at = found.index + whole.length;
  }
  if (at < text.length) nodes.push(unescaped(text.slice(at)));
  return nodes;
}

function pictured(name) {
  const picture = emoji(name);
  return picture.startsWith(":") ? picture : h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, picture);
}

/** mrkdwn, with its fences, quotes and lines. */
export function mrkdwn(text) {
  const nodes = [];
  for (const [index, part] of text.split("```").entries()) {
    if (index % 2) {
      nodes.push(h("pre", {}, unescaped(part.replace(/^\n/, ""))));
      continue;
    }
    let quoted = [];
    const flush = () => {
      if (quoted.length) nodes.push(h("blockquote", {}, lined(quoted)));
      quoted = [];
    };
    const plain = [];
    const push = () => {
      if (plain.length) nodes.push(h("span", {}, lined(plain)));
      plain.length = 0;
    };
    for (const line of part.split("\n")) {
      const quote = /^(?:&gt;|>)\s?(.*)$/.exec(line);
      if (quote) {
        push();
        quoted.push(quote[1]);
      } else {
        flush();
        plain.push(line);
      }
    }
    flush();
    if (plain.some((line) => line !== "")) push();
  }
  return nodes;
}

function lined(lines) {
  return lines.flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line)));
}

/** Plain text, in which emoji alone are read. */
export function plain(text) {
  const parts = text.split(/:([a-z0-9_+-]+):/g);
  return parts.map((part, index) => (index % 2 ? pictured(part) : part));
}

/** A text object, or nothing. */
export function textObject(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text ?? "");
  return plain(object.text ?? "");
}

const MARKDOWN =
  /\[([^\]]+)\]\(([^)\s]+)\)|<(https?:[^>\s]+)>|`([^`]+)`|\*\*(?=\S)(.+?\S?)\*\*|__(.+?)__|\*(?=\S)([^*]+?)\*|(?<!\w)_(?=\S)([^_]+?)_(?!\w)|~~(.+?)~~|<@(\w+)>|:([a-z0-9_+-]+):|(https?:\/\/[^\s)]+)/g;

function markdownInline(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(MARKDOWN)) {
    if (found.index > at) nodes.push(text.slice(at, found.index));
    const [whole, label, url, auto, code, bold, bold2, italic, italic2, strike, user, name, bare] = found;
    if (url) nodes.push(link(url, markdownInline(label)));
    else if (auto || bare) nodes.push(link(auto ?? bare, auto ?? bare));
    else if (code) nodes.push(h("code", {}, code));
    else if (bold ?? bold2) nodes.push(h("strong", {}, markdownInline(bold ?? bold2)));
    else if (italic ?? italic2) nodes.push(h("em", {}, markdownInline(italic ?? italic2)));
    else if (strike) nodes.push(h("s", {}, markdownInline(strike)));
    else if (user) nodes.push(mention(user));
    else if (name) nodes.push(pictured(name));
    at = found.index + whole.length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

/** Markdown: headings, lists, tables, quotes, fences and rules. */
export function markdown(text) {
  const nodes = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const take = (test) => {
      const from = at;
      while (at + 1 < lines.length && test(lines[at + 1])) at += 1;
      return lines.slice(from, at + 1);
    };
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (/^```/.test(line)) {
      const body = [];
      while (at + 1 < lines.length && !/^```/.test(lines[at + 1])) body.push(lines[(at += 1)]);
      at += 1;
      nodes.push(h("pre", {}, body.join("\n")));
    } else if (heading) nodes.push(h("p", { class: `heading h${heading[1].length}` }, markdownInline(heading[2])));
    else if (/^\s*([-*_])\s*(\1\s*){2,}$/.test(line)) nodes.push(h("hr"));
    else if (/^\s*[-*+]\s/.test(line)) nodes.push(list("ul", take((next) => /^\s*[-*+]\s/.test(next)), /^\s*[-*+]\s(?:\[( |x)\]\s)?(.*)$/));
    else if (/^\s*\d+[.)]\s/.test(line)) nodes.push(list("ol", take((next) => /^\s*\d+[.)]\s/.test(next)), /^\s*\d+[.)]\s()(.*)$/));
    else if (/^>/.test(line)) nodes.push(h("blockquote", {}, take((next) => /^>/.test(next)).map((one) => h("div", {}, markdownInline(one.replace(/^>\s?/, ""))))));
    else if (line.includes("|") && /^[\s|:-]+$/.test(lines[at + 1] ?? "")) nodes.push(markdownTable(take((next) => next.includes("|"))));
    else if (line.trim()) nodes.push(h("p", {}, markdownInline(line)));
  }
  return nodes;
}

function list(tag, lines, pattern) {
  const items = lines.map((line) => {
    const [, box, rest] = pattern.exec(line);
    const mark = box === undefined || box === "" ? null : box === "x" ? "☑ " : "☐ ";
    return h("li", {}, mark, markdownInline(rest));
  });
  return h(tag, {}, items);
}

function markdownTable(lines) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const [head, , ...rows] = lines;
  return h(
    "div",
    { class: "scroller", tabindex: "0", role: "group", "aria-label": "Table" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, cells(head).map((cell) => h("th", { scope: "col" }, markdownInline(cell))))),
      h("tbody", {}, rows.map((row) => h("tr", {}, cells(row).map((cell) => h("td", {}, markdownInline(cell)))))),
    ),
  );
}

/** What a person has typed, as Slack's client sends it. */
export function typed(text, people, channels, apps) {
  let sent = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  sent = sent.replace(/(^|[\s(])@([\w.-]+)/g, (whole, before, name) => {
    if (["here", "channel", "everyone"].includes(name)) return `${before}<!${name}>`;
    const found = people.find((one) => one.name === name)?.id ?? apps.find((one) => one.name === name)?.user_id;
    return found ? `${before}<@${found}>` : whole;
  });
  sent = sent.replace(/(^|[\s(])#([\w-]+)/g, (whole, before, name) => {
    const found = channels.find((one) => one.name === name);
    return found ? `${before}<#${found.id}|${name}>` : whole;
  });
  return sent.replace(/(^|\s)(https?:\/\/[^\s<>]+)/g, "$1<$2>");
}

