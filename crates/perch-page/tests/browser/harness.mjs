// What the days have in common: a browser, people, and what has to be true.

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.PERCH_BROWSER, "x.js"));
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const shots = process.env.PERCH_SHOTS;
mkdirSync(shots, { recursive: true });

export const url = process.env.PERCH_PAGE;
const origin = new URL(url).origin;
const PATIENCE = Number(process.env.PERCH_PATIENCE ?? 20_000);

let browser;
export async function launch() {
  browser = await chromium.launch({ executablePath: process.env.PERCH_CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
}
export const quit = () => browser.close();

/** What went to another host, or was wrong on the page: nothing may. */
export const trouble = [];

/** What every open page shows after a failure, where PERCH_WITNESS names a folder for it. */
export async function witness() {
  const folder = process.env.PERCH_WITNESS;
  for (const context of browser.contexts()) {
    for (const [index, page] of context.pages().entries()) {
      if (folder) await page.screenshot({ path: join(folder, `${Date.now()}-${index}.png`) });
    }
    await context.close();
  }
}

/** Somebody at the page, in a browser of their own. */
export async function visit({ as = "U0HANAKO", at = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Asia/Tokyo", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(PATIENCE);
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const page = await context.newPage();
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (!["blob:", "data:"].includes(target.protocol) && target.origin !== origin) trouble.push(`a request to ${target.origin}`);
  });
  page.on("pageerror", (error) => trouble.push(`an error: ${error.stack}`));
  page.on("console", (message) => {
    // A request that is refused is shown to the person; the browser notes its status as well.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) trouble.push(`the console: ${message.text()}`);
  });
  await page.addInitScript((user) => sessionStorage.getItem("perch-as") ?? sessionStorage.setItem("perch-as", user), as);
  await page.goto(url);
  await page.locator("#composer").waitFor();
  if (at) await page.goto(`${origin}/#/${at}`);
  await page.locator("#composer").waitFor();
  return page;
}

export async function sees(locator, what) {
  try {
    await locator.first().waitFor({ timeout: PATIENCE });
  } catch {
    throw new Error(`not seen: ${what ?? locator}`);
  }
}

export async function gone(locator, what) {
  try {
    await locator.first().waitFor({ state: "detached", timeout: PATIENCE });
  } catch {
    throw new Error(`still there: ${what ?? locator}`);
  }
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

/** Types a command or a message, and sends it. */
export async function type(page, text) {
  const box = page.locator("#composer");
  await box.click();
  await box.fill(text);
  await box.press("Escape");
  await box.press("Enter");
}

export const log = (page) => page.getByRole("log", { name: "Messages" });
export const side = (page) => page.getByRole("complementary", { name: "Beside the conversation" });
export const message = (page, text) => log(page).getByRole("article").filter({ hasText: text });

/** Lets time pass for what waits for its time. */
export function ahead(seconds) {
  console.log(`ahead ${seconds}`);
}

export async function shot(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** No finding of axe that is serious. */
export async function accessible(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((one) => ["serious", "critical"].includes(one.impact))
      .map((one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 4).map((node) => `      ${node.target} ${node.failureSummary.split("\n")[1] ?? ""}`).join("\n")}`);
  });
  holds(!found.length, `${what} is not for everybody:\n    ${found.join("\n    ")}`);
}
