import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { type Stage, setStage } from "./stage.ts";
import { parsing, succeeded } from "./stories.ts";

describe.skipIf(noBrowser !== undefined)("what changes while somebody looks", () => {
  let stage: Stage;
  let browser: Browser;
  let watched: WatchedPage;
  const mark = (updates: "live" | "polling") => watched.page.locator(`[data-updates=${updates}]`);

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
    await tell(stage.url, succeeded);
    await stage.analyzer.drain();
  }, 120_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  it("is told as it does, and hardly asked for otherwise", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto("/");
    await mark("live").waitFor();
    expect(await mark("live").textContent()).toContain("Live");
    await page.getByRole("heading", { name: "Nothing failed" }).waitFor();
    await page.waitForTimeout(1500);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.waitForTimeout(5000);
    expect(asked.filter((url) => url.includes("/api/"))).toEqual([]);
    const failed = await tell(stage.url, parsing);
    await stage.analyzer.drain();
    await page.locator(`.group-row a[href="/runs/${failed}"]`).waitFor({ timeout: 5000 });
    await expectCalm();
  });

  it("is shown on a run and its comments", async () => {
    const trace_id = await tell(stage.url, parsing);
    await stage.analyzer.drain();
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${trace_id}`);
    await mark("live").waitFor();
    await page.locator(".blame[data-status=predicted]").waitFor();
    await stage.client.call("addComment", { trace_id, body: { text: "seen by the other shift" } });
    await page.getByText("seen by the other shift").waitFor({ timeout: 5000 });
    await stage.client.call("judgeBlame", { trace_id, body: { verdict: "confirm" } });
    await stage.analyzer.drain();
    await page.locator(".blame[data-status=human]").waitFor({ timeout: 5000 });
    await expectCalm();
  });

  it("is asked for every few seconds where no stream is to be had, and told again once there is one", async () => {
    watched = await openPage(browser, stage.url);
    const { page } = watched;
    await page.route("**/api/v1/events", (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.goto("/");
    await mark("polling").waitFor();
    expect(await mark("polling").textContent()).toContain("Polling");
    const failed = await tell(stage.url, { ...parsing, task: "Write parse_duration again." });
    await stage.analyzer.drain();
    const runs = (await stage.client.call("status")).runs;
    await page.locator(".store-state", { hasText: `${runs} runs` }).waitFor({ timeout: 15_000 });
    await page.goto(`/runs/${failed}`);
    await page.locator(".blame").waitFor();
    await page.unroute("**/api/v1/events");
    await mark("live").waitFor({ timeout: 30_000 });
  });
});
