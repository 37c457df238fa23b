// For everybody: axe finds nothing serious in light and dark, on a phone, in a modal; and pictures for the docs.

import { accessible, gone, holds, message, sees, shot, side, type, visit } from "./harness.mjs";

async function inTheLight() {
  const page = await visit();
  await sees(message(page, "asks for a review").first(), "the card");
  await accessible(page, "the page");
  await side(page).getByRole("button", { name: /\/tryo https/ }).last().click();
  await sees(side(page).getByText("The signature verifies"), "a request");
  await accessible(page, "a request");
  await page.getByRole("tab", { name: "Stage" }).click();
  await sees(side(page).getByText("Failure queues"), "the stage");
  await accessible(page, "the stage");
  await type(page, "/form");
  await sees(page.getByRole("dialog"), "the form");
  await page.getByRole("button", { name: "Save" }).click();
  await accessible(page, "a form with errors");
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog"), "the form");
  await page.goto(`${new URL(page.url()).origin}/#/G0LEADS`);
  await sees(message(page, "The plan"), "blocks");
  await accessible(page, "blocks");
  await shot(page, "blocks");
  await page.context().close();
}

async function inTheDark() {
  const page = await visit({ colorScheme: "dark" });
  await sees(message(page, "asks for a review").first(), "the card");
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  holds(paper === "rgb(26, 29, 33)", `it is dark: ${paper}`);
  await side(page).getByRole("button", { name: /\/tryo https/ }).last().click();
  await sees(side(page).getByText("The signature verifies"), "a request");
  await accessible(page, "the page in the dark");
  await shot(page, "dark");
  await page.goto(`${new URL(page.url()).origin}/#/C0RANDOM`);
  await accessible(page, "failures in the dark");
  await page.context().close();
}

async function onAPhone() {
  const page = await visit({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const card = message(page, "asks for a review").first();
  await sees(card, "the card");
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  holds((await wide()) <= 390, "nothing is wider than the phone");
  await accessible(page, "the page on a phone");
  await shot(page, "phone");
  await page.getByRole("button", { name: "Show the list" }).click();
  await page.getByRole("navigation").getByRole("button", { name: "random" }).click();
  await sees(page.getByRole("heading", { level: 1, name: "random" }), "another channel");
  await page.getByRole("button", { name: /^Requests/ }).click();
  await sees(side(page).getByRole("button", { name: /\/boom/ }).first(), "the requests");
  holds((await wide()) <= 390, "the requests fit");
  await side(page).getByRole("button", { name: "Close" }).click();
  await type(page, "/form");
  const modal = page.getByRole("dialog");
  await sees(modal, "the form");
  holds((await modal.boundingBox()).width <= 390, "the form fits");
  await page.getByRole("button", { name: "Not now" }).click();
  await gone(modal, "the form");
  await page.context().close();
}

export const days = { "looks: in the light": inTheLight, "looks: in the dark": inTheDark, "looks: on a phone": onAPhone };
