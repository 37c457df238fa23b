// Elements from data. Text only ever becomes text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "rect", "line", "text", "g", "title", "polyline", "marker", "defs"]);

/** `h("button", { class: "x", on: { click } }, "Take it")`; null children are left out. */
export function h(tag, props = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [kind, listener] of Object.entries(value)) element.addEventListener(kind, listener);
    else if (name === "data") for (const [key, text] of Object.entries(value)) element.dataset[key] = text;
    else if (name === "style") for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (["value", "checked", "disabled", "selected", "open", "indeterminate"].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

export function replace(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

/**
 * Brings `container` to show `items`, and leaves the elements of those alone that have not changed: what a person types into one
 * stays, and a screen reader is told of the new ones alone.
 */
export function keyed(container, items, make) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let at = container.firstElementChild;
  for (const item of items) {
    let element = old.get(item.key);
    if (element && element.dataset.seal === item.seal) {
      old.delete(item.key);
    } else {
      const fresh = make(item);
      fresh.dataset.key = item.key;
      fresh.dataset.seal = item.seal;
      if (element) {
        if (element === at) at = element.nextElementSibling;
        const had = element.contains(document.activeElement);
        const name = had ? document.activeElement.dataset.focus : null;
        element.replaceWith(fresh);
        old.delete(item.key);
        if (name) fresh.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus();
      }
      element = fresh;
    }
    if (element === at) at = at.nextElementSibling;
    else container.insertBefore(element, at);
  }
  for (const gone of old.values()) gone.remove();
}

/** A button with a picture, which a screen reader reads as `label`. */
export function iconButton(name, label, click, props = {}) {
  return h(
    "button",
    { type: "button", class: "icon", "aria-label": label, title: label, on: { click }, ...props },
    icon(name),
  );
}

const PATHS = {
  hash: "M6.500 3 5 17M14 3l-1.500 14M3.500 7h14M2.500 13h14",
  lock: "M5 9h10v8H5zM7 9V6a3 3 0 0 1 6 0v3",
  smile: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15M7 8v.500M13 8v.500M6.500 12c1 2 6 2 7 0",
  thread: "M3 4h14v9H9l-4 3.500V13H3z",
  more: "M10 4.500v.1M10 10v.1M10 15.500v.1",
  close: "M5 5l10 10M15 5 5 15",
  send: "M3 10l14-6-5 13-2.500-5.500z",
  bolt: "M11 2 4 11h5l-1 7 7-9h-5z",
  link: "M8 12l4-4M7 9 5 11a3 3 0 0 0 4 4l2-2M13 11l2-2a3 3 0 0 0-4-4L9 7",
  menu: "M3 5h14M3 10h14M3 15h14",
  back: "M12 4l-6 6 6 6",
  pulse: "M2 10h4l2-5 4 10 2-5h4",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0v1.500a2 2 0 0 0 4 0V10a7 7 0 1 0-3 5.700",
  sun: "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8M10 1.500v2M10 16.500v2M1.500 10h2M16.500 10h2M4 4l1.400 1.400M14.600 14.600 16 16M16 4l-1.400 1.400M5.400 14.600 4 16",
  moon: "M16 12.500A7 7 0 0 1 7.500 4a7 7 0 1 0 8.500 8.500",
  half: "M10 2.500a7.500 7.500 0 1 0 0 15zM10 2.500a7.500 7.500 0 0 1 0 15",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 11h6.600L14 6",
  clock: "M10 2.500a7.500 7.500 0 1 0 0 15 7.500 7.500 0 0 0 0-15M10 6v4l3 2",
  eye: "M2 10c3-6 13-6 16 0-3 6-13 6-16 0M10 7.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5",
  file: "M5 2.500h7l3.500 3.500v11.500H5zM12 2.500V6h3.500",
  check: "M4 10.500 8 14.500 16 5.500",
  play: "M6 4l10 6-10 6z",
  down: "M5 8l5 5 5-5",
};

export function icon(name) {
  return h(
    "svg",
    { viewBox: "0 0 20 20", class: "picture", "aria-hidden": "true", focusable: "false" },
    h("path", { d: PATHS[name], fill: "none", stroke: "currentColor", "stroke-width": "1.600", "stroke-linecap": "round", "stroke-linejoin": "round" }),
  );
}

/** A square with the initials of a name, in a colour of its own. */
export function avatar(name, kind = "person", size = "") {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 997;
  const words = name.split(/[\s_.-]+/).filter(Boolean);
  const initials = (words.length > 1 ? words[0][0] + words[1][0] : name.slice(0, 2)).toUpperCase();
  return h("span", { class: `avatar ${kind} hue${hash % 8} ${size}`, "aria-hidden": "true" }, initials);
}

let counter = 0;
/** An id that no other element has. */
export function unique(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

let toasting;
/** Says something that went wrong, for a while. */
export function toast(text) {
  const place = document.getElementById("toast");
  replace(place, text);
  place.classList.add("shown");
  clearTimeout(toasting);
  toasting = setTimeout(() => place.classList.remove("shown"), 8000);
}

/** Tells a screen reader. */
export function announce(text) {
  document.getElementById("live").textContent = text;
}

/** Puts a text on the clipboard, and says so on the button. */
export async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "unseen", value: text, "aria-hidden": "true" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.textContent = "Copied";
  announce("Copied");
  setTimeout(() => (button.textContent = label), 1500);
}
