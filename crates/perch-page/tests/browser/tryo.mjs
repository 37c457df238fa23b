// tryo's day: a command, its card, a click, a modal with an error and without, a reminder, and a schedule.

import { ahead, gone, holds, log, message, sees, shot, side, type, visit } from "./harness.mjs";

const PULL = "https://github.com/perch-demo/web/pull/42";

async function aCommandBecomesACard() {
  const page = await visit();
  const box = page.locator("#composer");
  await box.pressSequentially("/tr");
  const option = page.locator(".options").getByRole("option", { name: /\/tryo <pull request>/ });
  await sees(option, "the completion of /tryo");
  await box.press("Enter");
  holds((await box.inputValue()) === "/tryo ", "the completion is taken");
  await box.pressSequentially(PULL);
  await box.press("Enter");
  await sees(message(page, "Looking at perch-demo/web#42"), "the answer at once");
  const card = message(page, "asks for a review");
  await sees(card.getByRole("button", { name: "Take it" }), "the card");

  // What it led to: the request, the job, and what it called.
  const first = side(page).getByRole("button", { name: /\/tryo https/ }).first();
  await sees(first.getByText("1 job"), "the job");
  await first.click();
  await sees(side(page).getByText("The signature verifies"), "the signature");
  await sees(side(page).getByText("command /tryo", { exact: false }), "the handler");
  await sees(side(page).getByText("job post_card", { exact: false }), "the job's handler");
  await sees(side(page).getByText("chat.postMessage"), "the call to Slack");
  await sees(side(page).getByText("GET /repos/perch-demo/web/pulls/42"), "the call to GitHub");
  await sees(side(page).getByText("GetParameters"), "the secrets that Init read");
  await sees(side(page).getByRole("img", { name: /of the 3 s that Slack waits, .* of it the cold start/ }), "the time bar");
  await shot(page, "light");
  await page.context().close();
}

async function aClickTakesIt() {
  const page = await visit();
  const card = message(page, "asks for a review");
  await card.getByRole("button", { name: "Take it" }).click();
  await sees(card.getByText("taken by"), "who took it");
  await gone(card.getByRole("button", { name: "Take it" }), "the button");
  await page.context().close();
}

async function aReminderIsSetAndComes() {
  const page = await visit();
  await message(page, "asks for a review").getByRole("button", { name: "Remind me later" }).click();
  const modal = page.getByRole("dialog", { name: "Remind me later" });
  const when = modal.getByLabel("When");
  await sees(when, "the modal");
  holds(await when.evaluate((field) => field === document.activeElement), "the field has the focus");
  await when.fill("2020-01-01T09:00");
  await modal.getByRole("button", { name: "Remind me" }).click();
  await sees(modal.getByText("That time has passed. Choose a later one."), "the error at its field");
  holds((await when.getAttribute("aria-invalid")) === "true", "the field is marked");
  await shot(page, "modal");
  const soon = new Date(Date.now() + 2 * 3600_000 + 9 * 3600_000).toISOString().slice(0, 16);
  await when.fill(soon);
  await modal.getByRole("button", { name: "Remind me" }).click();
  await sees(modal.getByText("I will remind you of"), "the confirmation");
  await modal.getByRole("button", { name: "Close", exact: true }).click();
  await gone(page.getByRole("dialog"), "the modal");

  await page.getByRole("navigation").getByRole("button", { name: "tryo" }).click();
  await page.getByRole("tab", { name: "Messages" }).click();
  await sees(log(page).getByText(/Scheduled for/), "what waits for its time");
  ahead(3 * 3600);
  await gone(log(page).getByText(/Scheduled for/), "what waited");
  await sees(message(page, "You wanted to be reminded of"), "the reminder");
  ahead(0);
  await page.context().close();
}

async function aScheduleIsFired() {
  const page = await visit({ at: "C0REVIEWS" });
  await page.getByRole("tab", { name: "Stage" }).click();
  await sees(side(page).getByText("cron(0 9 ? * MON-FRI *)"), "the schedule");
  await sees(side(page).getByText(/next \w{3} 20.* in Asia\/Tokyo/).first(), "its next times");
  await sees(side(page).getByText("/perch/staging/slack-signing-secret").first(), "the secrets by name");
  await sees(side(page).getByRole("img", { name: /HTTP API POST \/tryo starts tryo/ }), "the picture");
  await shot(page, "stage");
  await side(page).getByRole("button", { name: "Fire bot" }).click();
  await sees(message(page, "It is 20"), "what the schedule posted");
  await page.getByRole("tab", { name: "Requests" }).click();
  await sees(side(page).getByRole("button", { name: /schedule, for/ }), "the delivery");
  await page.context().close();
}

/** The last of all days, as the workspace's clock does not go back. */
export const evening = { "tryo: a reminder is set, and comes": aReminderIsSetAndComes };

export const days = {
  "tryo: a command becomes a card": aCommandBecomesACard,
  "tryo: a click takes it": aClickTakesIt,
  "schedule: it is fired": aScheduleIsFired,
};
