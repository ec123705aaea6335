import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Stage, setStage } from "./stage.ts";

describe.skipIf(noBrowser !== undefined)("views of what the store holds", () => {
  let stage: Stage;
  let browser: Browser;
  let scene: Scene;
  let watched: WatchedPage;
  const visit = async (path: string) => {
    watched = await openPage(browser, stage.url);
    await watched.page.goto(path);
    return watched;
  };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
    scene = await setScene(stage);
  }, 120_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  it("agents: failure rate with its interval, place in the run, and course, as the API counts them", async () => {
    const { page, expectCalm } = await visit("/");
    await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Agents" }).click();
    await page.waitForURL("**/agents");
    const { agents } = await stage.client.call("agentFigures");
    expect(agents.length).toBeGreaterThan(1);
    for (const { agent, failure_rate, positions } of agents) {
      const row = page.locator(`tr[data-agent="${agent}"]`);
      await row.waitFor();
      expect(await row.locator(".whisker").textContent()).toContain(`${failure_rate.k} of ${failure_rate.n}`);
      const cells = await row.locator(".heat li").evaluateAll((all) => all.map((cell) => cell.lastChild?.textContent));
      expect(cells.map(Number)).toEqual(positions);
      expect(await row.locator(".sparkline").count()).toBe(failure_rate.k > 0 ? 1 : 0);
    }
    await expectCalm();
  });

  it("replay: both runs aligned, the intervention marked, the flip and the placebo rate told", async () => {
    const { page, expectCalm } = await visit(`/runs/${scene.proven}`);
    await page.locator("tr[data-replay=success] a", { hasText: "Succeeded" }).click();
    await page.waitForURL(`**/runs/${scene.proven}/replay?id=flip`);
    await page.getByText("The outcome flipped.").waitFor();
    const placebo = (await page.locator(".placebo").textContent())?.replace(/\s/g, " ");
    expect(placebo).toContain("succeeds in 0 of 3 replays, 0 %");
    expect(placebo).toContain("95 % interval 0 % to 56 %");
    const intervened = page.locator(".sides[data-change=intervened]");
    expect(await intervened.count()).toBe(1);
    expect(await intervened.locator("[data-side=original]").textContent()).toContain("items[k:] + items[:k]");
    expect(await intervened.locator("[data-side=replay]").textContent()).toContain("items[-k:] + items[:-k]");
    expect(await page.locator(".sides[data-change=same]").count()).toBe(0);
    expect(await page.locator(".sides[data-change=only]").textContent()).toContain("Reviewer");
    await page.getByRole("button", { name: /that are the same/ }).click();
    expect(await page.locator(".sides[data-change=same]").count()).toBeGreaterThan(1);
    await page.goto(`/runs/${scene.replayed}`);
    await page.getByRole("link", { name: "side by side" }).click();
    await page.getByText("The outcome flipped.").waitFor();
    await expectCalm();
  });
});
