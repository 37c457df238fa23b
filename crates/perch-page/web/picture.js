// What is applied, as a picture: who starts which function, and where its failures go.

import { h } from "./dom.js";

const [ROW, WIDE, TALL] = [74, 118, 40];

function box(x, y, kind, title, name) {
  return h(
    "g",
    { class: `node ${kind}` },
    h("rect", { x, y, width: WIDE, height: TALL, rx: 8 }),
    h("text", { x: x + 10, y: y + 16, class: "kind" }, title),
    h("text", { x: x + 10, y: y + 31 }, name.length > 17 ? `${name.slice(0, 16)}…` : name),
    h("title", {}, `${title} ${name}`),
  );
}

function arrow(x1, y1, x2, y2) {
  const bend = (x1 + x2) / 2;
  return h("path", { class: "edge", d: `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2 - 5} ${y2}`, "marker-end": "url(#tip)" });
}

export function picture(stage) {
  const [left, middle, right] = [4, 146, 288];
  const rows = stage.functions.length;
  const height = rows * ROW + 10;
  const drawn = [];
  const said = [];
  for (const [index, one] of stage.functions.entries()) {
    const y = 8 + index * ROW;
    const centre = y + TALL / 2;
    const starts = [...one.routes.map((route) => ["HTTP API", route.replace(/https:\/\/[^/]+/, "")]), ...one.schedules.map(() => ["Scheduler", stage.schedules.find((next) => next.function === one.name)?.timezone ?? "schedule"])];
    if (starts.length) {
      drawn.push(box(left, y, "start", starts.length > 1 ? `${starts[0][0]} +${starts.length - 1}` : starts[0][0], starts[0][1]), arrow(left + WIDE, centre, middle, centre));
    }
    drawn.push(box(middle, y, "function", `Lambda · live ${one.live ?? "?"}`, one.bot));
    const queue = stage.queues.find((each) => each.name === `${one.name}-failed`);
    if (queue) drawn.push(box(right, y, queue.count ? "queue full" : "queue", "failure queue", `${queue.count} waiting`), arrow(middle + WIDE, centre, right, centre));
    said.push(`${starts.map(([kind, name]) => `${kind} ${name}`).join(", ")} starts ${one.bot}`);
  }
  return h(
    "svg",
    { viewBox: `0 0 ${right + WIDE + 4} ${height}`, class: "applied", role: "img", "aria-label": `What is applied: ${said.join("; ")}` },
    h("defs", {}, h("marker", { id: "tip", viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, h("path", { d: "M0 0 8 4 0 8z", class: "tip" }))),
    drawn,
  );
}
