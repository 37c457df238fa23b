// An app's home tab, as the app has published it for the person.

import { act } from "./api.js";
import { h, replace, toast } from "./dom.js";
import { blocks } from "./blocks.js";
import { direct, state } from "./state.js";

let asked = "";
let drawn = "";
const values = new Map();

export function drawHome(place) {
  const appId = state.place.slice(4);
  const key = `${appId}:${state.seen.me}`;
  if (asked !== key) {
    asked = key;
    // As Slack tells the app whenever somebody opens the tab.
    act("home", { as: state.seen.me, app_id: appId, tab: "home" }).catch((error) => toast(error.message));
  }
  const home = state.seen.homes.find((one) => one.view.app_id === appId);
  const seal = `${key}:${home?.view.hash}`;
  if (drawn === seal && place.childElementCount) return;
  drawn = seal;
  if (!home) {
    replace(
      place,
      h(
        "div",
        { class: "welcome" },
        h("p", { class: "big" }, "This app shows nothing here."),
        h("p", {}, "It would publish a home tab with views.publish when it hears app_home_opened."),
      ),
    );
    return;
  }
  const id = home.view.id;
  if (!values.has(id)) values.set(id, { ...home.inputs });
  const filled = values.get(id);
  const where = { as: state.seen.me, channel: direct(), view_id: id };
  const context = {
    values: filled,
    place: direct(),
    redraw: () => ((drawn = ""), drawHome(place)),
    act: async (element, choice, block, label) => {
      try {
        return (await act("click", { ...where, action_id: element.action_id, choice, label: label ?? "", inputs: {} })).ok;
      } catch (error) {
        toast(error.message);
        return false;
      }
    },
    ask: async (element, typed) => (await act("suggest", { ...where, action_id: element.action_id, typed })).options,
  };
  const scrolled = place.scrollTop;
  replace(place, h("div", { class: "blocks page" }, blocks(home.view.blocks, context)));
  place.scrollTop = scrolled;
}
