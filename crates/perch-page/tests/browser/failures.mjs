// A bot that fails: it is said where it was asked, and why; what is late, forged, or lies in a queue.

import { gone, holds, log, sees, shot, side, type, visit } from "./harness.mjs";

async function aFailureIsSaidWhereItWasAsked() {
  const page = await visit({ at: "C0RANDOM" });
  await type(page, "/boom");
  const notice = log(page).getByRole("alert").filter({ hasText: "the moon is not in the sky" });
  // The kit answers with an apology and 200; what failed stands in its log.
  await sees(log(page).getByText("Sorry, something went wrong"), "the apology");
  await sees(notice.getByText("bot failed, and answered with an apology."), "the failure");
  const first = side(page).getByRole("button", { name: /\/boom/ }).first();
  await first.click();
  await sees(side(page).getByText(/the moon is not in the sky/), "the reason in the log");
  await shot(page, "inspector");
  for (const [name, status] of [["Forged", 401], ["Late", 401]]) {
    await side(page).getByRole("button", { name, exact: true }).click();
    await sees(side(page).getByText(name === "Forged" ? "signed with another secret" : "Slack's are good for 300 s"), `the verdict on ${name}`);
    await sees(side(page).getByRole("heading", { name: `Response ${status}` }), `${name} is refused`);
    await side(page).getByRole("button", { name: "All requests" }).click();
    await first.waitFor();
    await side(page).getByRole("button", { name: /\/boom/ }).last().click();
  }
  const refused = log(page).getByRole("alert").filter({ hasText: "answered with status 401" });
  await sees(refused.getByText('/boom failed with the error "dispatch_failed"'), "what Slack shows");
  await refused.first().getByRole("button", { name: "Show why" }).click();
  await sees(side(page).getByRole("heading", { name: "Response 401" }), "the reason, one click away");
  while (await refused.count()) {
    const count = await refused.count();
    await refused.first().getByRole("button", { name: "Dismiss" }).click();
    await refused.nth(count - 1).waitFor({ state: "detached" });
  }
  await page.context().close();
}

async function anAnswerComesTooLate() {
  const page = await visit({ at: "C0RANDOM" });
  await type(page, "/slow");
  const notice = log(page).getByRole("alert").filter({ hasText: "too late, Slack hangs up after 3 s" });
  await sees(notice, "that it was too late");
  await sees(notice.getByText("operation_timeout"), "Slack's error");
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await gone(notice, "the notice");
  await page.context().close();
}

async function aJobFailsAndIsReplayed() {
  const page = await visit({ at: "C0RANDOM" });
  await type(page, "/job fails");
  await sees(log(page).getByRole("alert").filter({ hasText: "gave up after three tries" }), "that the job gave up");
  await sees(log(page).getByText("the job has nothing to write with"), "why");
  await page.getByRole("tab", { name: "Stage" }).click();
  await sees(side(page).getByText("perch-staging-bot-errors"), "the alarm that would ring");
  await side(page).getByText("perch-staging-bot-failed").first().waitFor();
  await side(page).locator("details summary").first().click();
  await side(page).getByRole("button", { name: /^Replay/ }).first().click();
  await sees(side(page).getByRole("heading", { name: "replay from perch-staging-bot-failed" }), "the replay");
  await sees(side(page).getByText("the job has nothing to write with").first(), "that it failed again");
  holds(await side(page).getByText("job write").first().isVisible(), "its handler");
  await page.context().close();
}

async function itIsTakenElsewhere() {
  const page = await visit({ at: "C0RANDOM" });
  await side(page).getByRole("button", { name: /\/boom/ }).last().click();
  await side(page).getByRole("button", { name: "Copy as a test" }).click();
  await sees(side(page).getByRole("button", { name: "Copied" }), "that it is copied");
  const test = await page.evaluate(() => navigator.clipboard.readText());
  holds(test.includes('.command("/boom", "")') && test.includes("async fn boom()"), test);
  await side(page).getByRole("button", { name: "Copy as curl" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("curl "));
  const line = await page.evaluate(() => navigator.clipboard.readText());
  holds(line.startsWith("curl -i 'http://127.0.0.1:") && line.includes("x-slack-signature: v0="), line);
  await page.context().close();
}

export const days = {
  "failure: it is said where it was asked": aFailureIsSaidWhereItWasAsked,
  "failure: an answer comes too late": anAnswerComesTooLate,
  "failure: a job fails, and is replayed": aJobFailsAndIsReplayed,
  "failure: a request is taken elsewhere": itIsTakenElsewhere,
};
