import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { type Stage, setStage } from "./stage.ts";
import { HOSTILE, rotation } from "./stories.ts";

describe.skipIf(noBrowser !== undefined)("what a person says of a run", () => {
  let stage: Stage;
  let browser: Browser;
  let watched: WatchedPage;
  let run = "";

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
    run = await tell(stage.url, rotation);
    await stage.analyzer.drain();
  }, 120_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  it("confirms the blame, then corrects it: the label is a person's and the headline follows", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${run}`);
    await page.getByRole("button", { name: "Yes, confirm" }).click();
    await page.getByText(/^You confirmed/).waitFor();
    await stage.analyzer.drain();
    await page.reload();
    await page.locator(".blame[data-status=human]").waitFor();

    await page.getByRole("button", { name: "It was another step…" }).click();
    await page.getByRole("combobox", { name: /^Agent/ }).selectOption("Tester");
    await page.getByRole("combobox", { name: /^Step/ }).selectOption({ index: 1 });
    await page.getByRole("textbox", { name: /^Why/ }).fill("It accepted a failing test.");
    await page.getByRole("button", { name: "Correct the blame" }).click();
    await page.getByText(/^You named Tester at step/).waitFor();
    await stage.analyzer.drain();
    const { annotations } = await stage.client.call("getTrace", { trace_id: run });
    const named = annotations.find(({ agent, verdict }) => agent === "Tester" && verdict === "confirmed");
    expect(named).toMatchObject({ evidence: "human", reason: "It accepted a failing test." });
    await page.reload();
    await page.locator(".blame-agent", { hasText: "Tester" }).waitFor();
    expect(await page.locator(".blame-step").textContent()).toBe(`step ${named?.step}`);
    await expectCalm();
  });

  it("comments, in any words", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${run}`);
    const hostile = HOSTILE.join("\n");
    await page.getByLabel("A comment on this run").fill(hostile);
    await page.getByRole("button", { name: "Comment" }).click();
    await page.locator(".comments li").waitFor();
    const { comments } = await stage.client.call("listComments", { trace_id: run });
    expect(comments.map(({ text }) => text)).toEqual([hostile]);
    expect(await page.locator(".comments script, .comments img").count()).toBe(0);
    await expectCalm();
  });
});
