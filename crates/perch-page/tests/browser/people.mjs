// Two people at once, threads, and the keyboard alone.

import { gone, holds, log, message, sees, side, type, visit } from "./harness.mjs";

async function twoPeopleAtOnce() {
  const hanako = await visit({ at: "C0REVIEWS" });
  const taro = await visit({ as: "U0TARO", at: "C0REVIEWS" });
  await type(hanako, "Good morning @taro :wave:");
  const said = message(taro, "Good morning");
  await sees(said.getByText("@taro"), "the mention, at once");
  await said.hover();
  await said.getByRole("button", { name: "Add a reaction" }).click();
  await taro.getByRole("menuitem", { name: "tada" }).click();
  await sees(message(hanako, "Good morning").getByRole("button", { name: /tada, 1: Taro Suzuki/ }), "taro's reaction");
  await type(hanako, "/job");
  await sees(message(hanako, "Later"), "what only hanako sees");
  holds((await message(taro, "Later").count()) === 0, "taro does not see it");
  await sees(log(taro).getByText("A stream begins"), "what all see");
  await taro.context().close();
  await hanako.context().close();
}

async function aMentionIsAnsweredInAThread() {
  const page = await visit({ at: "C0REVIEWS" });
  await type(page, "@bot are you there?");
  const said = message(page, "are you there?");
  await sees(said.getByRole("button", { name: /1 reply/ }), "the reply");
  await sees(said.getByRole("button", { name: /wave, 1: bot/ }), "the bot's reaction");
  await said.getByRole("button", { name: /1 reply/ }).click();
  const thread = side(page).getByRole("log", { name: "Thread" });
  await sees(thread.getByText("You called?"), "the thread");
  await page.locator("#thread-composer").fill("Thank you");
  await page.locator("#thread-composer").press("Enter");
  await sees(thread.getByText("Thank you"), "my reply");
  holds((await log(page).getByText("Thank you").count()) === 0, "a reply stays in its thread");
  await message(page, "A stream begins").getByRole("button", { name: /1 reply/ }).click();
  await sees(thread.getByText("One"), "what was streamed");
  await sees(thread.getByText(", two, three."), "the rest of it");

  // A link to a message.
  const link = await said.getByRole("link", { name: /link to this message/ }).getAttribute("href");
  const other = await visit({ at: link.slice(2) });
  await sees(other.locator("article.target").filter({ hasText: "are you there?" }), "the message that is linked");
  await other.context().close();
  await page.context().close();
}

async function theKeyboardAlone() {
  const page = await visit();
  const keys = page.keyboard;
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent);
  const until = async (key, wanted) => {
    for (let count = 0; count < 60; count += 1) {
      if ((await focused()).includes(wanted)) return;
      await keys.press(key);
    }
    throw new Error(`${wanted} is not reached by ${key}; the focus is on ${await focused()}`);
  };
  await page.locator("#composer").focus();
  await keys.type("/for");
  await sees(page.locator(".options").getByRole("option", { name: /\/form/ }), "the completion");
  await keys.press("Tab");
  await keys.press("Enter");
  const modal = page.getByRole("dialog", { name: "Every input" });
  await sees(modal, "the form");
  holds(await page.evaluate(() => document.activeElement.closest("dialog") !== null), "the focus is in the form");
  await keys.type("Keyboard");
  for (let count = 0; count < 45; count += 1) {
    await keys.press("Tab");
    const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null);
    holds(inside, "the focus stays in the form");
  }
  await keys.press("Escape");
  await gone(modal, "the form, after Esc");
  holds((await page.evaluate(() => document.activeElement.id)) === "composer", "the focus is back");

  await keys.type("Hello from the keyboard");
  const typed = await page.locator("#composer").inputValue();
  holds(typed === "Hello from the keyboard", `it is typed into the box: ${typed}`);
  await keys.press("Enter");
  await sees(message(page, "Hello from the keyboard"), "the message");
  await until("Shift+Tab", "More actions");
  await keys.press("Enter");
  await sees(page.getByRole("menu", { name: "Message" }), "the menu");
  await keys.press("ArrowDown");
  await keys.press("Escape");
  await gone(page.getByRole("menu"), "the menu, after Esc");
  holds((await focused()) === "More actions", "the focus is back on its button");
  await page.locator("#sidebar button").first().focus();
  await until("Tab", "reviews");
  await keys.press("Enter");
  await sees(page.getByRole("heading", { level: 1, name: "reviews" }), "the channel");
  await page.context().close();
}

export const days = {
  "people: two at once": twoPeopleAtOnce,
  "people: a mention is answered in a thread": aMentionIsAnsweredInAThread,
  "people: the keyboard alone": theKeyboardAlone,
};
