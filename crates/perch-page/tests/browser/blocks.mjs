// Every block and element: drawn, and used.

import { gone, holds, log, message, sees, side, type, visit } from "./harness.mjs";

async function everyBlockIsDrawn() {
  const page = await visit({ at: "G0LEADS" });
  await type(page, "/invite @bot");
  await sees(page.getByText("with bot"), "that it is invited");
  await type(page, "/blocks");
  const first = message(page, "Every block");
  await sees(first.getByText("bold").first(), "mrkdwn");
  await sees(first.getByRole("img", { name: "a hill under the sky" }), "a picture's words");
  await sees(first.getByRole("link", { name: "a link" }), "a link");
  await sees(message(page, "as it is").getByRole("table"), "a table");
  await sees(message(page, "The plan").getByText("in progress"), "a task");
  await sees(message(page, "Heading").getByRole("cell", { name: "2" }), "Markdown's table");
  holds((await page.locator(".unknown").count()) === 0, "nothing is unknown");

  // Used.
  const only = (text) => log(page).getByRole("article").filter({ hasText: text });
  await first.getByRole("combobox", { name: "Pick one" }).click();
  await page.locator(".options").getByRole("option", { name: "Blue" }).click();
  await sees(only("pick is blue"), "a select's choice");
  await first.getByRole("combobox", { name: "A person" }).fill("tar");
  await page.locator(".options").getByRole("option", { name: /Taro/ }).click();
  await sees(only("person is U0TARO"), "a person");
  await first.getByLabel("Date").fill("2026-12-24");
  await sees(only("date is 2026-12-24"), "a date");
  await first.getByRole("button", { name: "More choices" }).click();
  await page.getByRole("menuitem", { name: "Second" }).click();
  await sees(only("over is second"), "an overflow's choice");
  await first.getByRole("button", { name: "Drop" }).click();
  const question = page.getByRole("dialog", { name: "Drop it?" });
  await question.getByRole("button", { name: "Keep" }).click();
  await gone(question, "the question");
  holds((await only("drop is pressed").count()) === 0, "nothing is sent without the answer");
  await first.getByRole("button", { name: "Drop" }).click();
  await question.getByRole("button", { name: "Drop" }).click();
  await sees(only("drop is pressed"), "what was confirmed");
  await message(page, "Radio").getByRole("radio", { name: "Later" }).check();
  await sees(only("either is later"), "a radio button");
  await message(page, "Radio").getByRole("checkbox", { name: "This" }).check();
  await sees(only("ticks is pressed"), "a box");
  await first.getByRole("button", { name: "Replace" }).click();
  await sees(message(page, "Replaced, as you wanted."), "the replacement");
  await gone(message(page, "Every block"), "what was replaced");
  await page.context().close();
}

async function everyInputIsFilledIn() {
  const page = await visit();
  await page.getByRole("button", { name: "Shortcuts" }).click();
  await page.getByRole("menuitem", { name: /Open the form/ }).click();
  const modal = page.getByRole("dialog", { name: "Every input" });
  await sees(modal, "the form");
  await modal.getByLabel("Mail (optional)").fill("nobody");
  await modal.getByLabel("Count (optional)").fill("12");
  await modal.getByRole("button", { name: "Save" }).click();
  await sees(modal.getByText("Please complete this required field."), "what is missing");
  await sees(modal.getByText("Please enter a valid email address."), "a wrong address");
  await sees(modal.getByText("Please enter 9 or less."), "a figure that is too large");

  await modal.getByLabel("Mail (optional)").fill("a@example.com");
  await modal.getByLabel("Count (optional)").fill("7");
  await modal.getByLabel("Name", { exact: true }).fill("nobody");
  await modal.getByLabel("About (optional)").fill("One\nTwo");
  await modal.getByLabel("Site (optional)").fill("https://example.com/");
  await modal.getByLabel("Day (optional)").fill("2026-12-24");
  await modal.getByLabel("Time (optional)").fill("09:30");
  await modal.getByLabel("Moment (optional)").fill("2026-12-24T09:30");
  await modal.getByRole("combobox", { name: "Size" }).click();
  await page.locator(".options").getByRole("option", { name: "Large" }).click();
  await modal.getByRole("combobox", { name: "Fruit" }).fill("ap");
  await page.locator(".options").getByRole("option", { name: "apricot" }).click();
  await modal.getByRole("combobox", { name: "People" }).fill("sora");
  await page.locator(".options").getByRole("option", { name: /Sora/ }).click();
  await modal.getByRole("combobox", { name: "People" }).press("Escape");
  await modal.getByRole("combobox", { name: "Channel" }).click();
  await page.locator(".options").getByRole("option", { name: "#reviews" }).click();
  await modal.getByRole("checkbox", { name: /Two/ }).check();
  await modal.getByRole("radio", { name: "No" }).check();
  await modal.getByLabel("Rich text (optional)").fill("*bold*\n- one\n- two");
  await modal.getByLabel("Files (optional)").setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
  await modal.getByRole("button", { name: "Save" }).click();
  await sees(modal.getByText("Nobody has that name here."), "the bot's error");
  holds((await modal.getByLabel("About (optional)").inputValue()) === "One\nTwo", "what was typed stays");
  await modal.getByLabel("Name", { exact: true }).fill("Sora");
  await modal.getByRole("button", { name: "Save" }).click();
  const second = page.getByRole("dialog", { name: "One more" });
  await sees(second.getByText("Sora chose apricot"), "the pushed modal, with what was sent");

  // The payload has it all.
  await second.press("Escape");
  await sees(modal, "the modal below");
  await modal.getByRole("button", { name: "Save" }).click();
  await second.getByRole("button", { name: "Done" }).click();
  await gone(page.getByRole("dialog"), "both");
  await side(page).getByRole("button", { name: /submits Every input/ }).first().click();
  const decoded = side(page).locator(".json").first();
  for (const part of ['"selected_users"', '"U0SORA"', '"selected_channel": "C0REVIEWS"', '"rich_text_list"', '"selected_date_time": 1', '"a.txt"', '"selected_conversation": "C0GENERAL"']) {
    await sees(decoded.filter({ hasText: part }), part);
  }
  await page.context().close();
}

async function homeTabAndMessageShortcut() {
  const page = await visit();
  await page.getByRole("navigation").getByRole("button", { name: "bot", exact: true }).click();
  await sees(page.getByRole("heading", { name: "Welcome home" }), "the home tab");
  await page.getByRole("button", { name: "Refresh" }).click();
  await sees(side(page).getByRole("button", { name: /clicks Refresh/ }), "the click");
  await page.getByRole("navigation").getByRole("button", { name: "general" }).click();
  await type(page, "Please keep this");
  const said = message(page, "Please keep this");
  await said.hover();
  await said.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: /Pin it/ }).click();
  await sees(message(page, "Pinned."), "the answer to the shortcut");
  await page.context().close();
}

async function whatIsRareIsShown() {
  const page = await visit({ at: "C0REVIEWS" });
  await type(page, "/odd");
  const file = message(page, "report.csv");
  await file.getByRole("button", { name: "Open" }).click();
  await sees(file.getByText("tryo,12"), "the file's content");
  const unfurled = message(page, "See https://example.com/page");
  await sees(unfurled.getByText("A page about birds"), "the unfurl");
  const odd = page.getByText("block of type hologram: this page does not draw it");
  await odd.click();
  await sees(page.getByText('"depth": 3'), "its JSON");
  await page.context().close();
}

export const days = {
  "blocks: every block is drawn, and used": everyBlockIsDrawn,
  "blocks: every input is filled in": everyInputIsFilledIn,
  "blocks: what is rare is shown": whatIsRareIsShown,
  "blocks: a home tab, and a shortcut on a message": homeTabAndMessageShortcut,
};
