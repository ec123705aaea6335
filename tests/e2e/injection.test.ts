import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { type Stage, setStage } from "./stage.ts";
import { HOSTILE, hostile } from "./stories.ts";

/** Elements that the page itself never draws inside its views. */
const FOREIGN = "script, iframe, img, style, link, base, math, object, embed, form, input, a[href^=javascript]";

describe.skipIf(noBrowser !== undefined)("what a trace contains never becomes markup", () => {
  let stage: Stage;
  let browser: Browser;
  let watched: WatchedPage;
  const runs: string[] = [];

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
    for (const text of HOSTILE) runs.push(await tell(stage.url, hostile(text)));
    await stage.analyzer.drain();
    for (const [at, text] of HOSTILE.entries()) {
      const trace_id = runs[at] as string;
      await stage.label({ trace_id, agent: text, step: 0, reason: text, correction: text });
      await stage.client.call("saveReplay", {
        body: {
          replay_id: text,
          trace_id,
          replay_trace_id: "",
          intervention: { kind: "correction", step: 0, agent: text, action: text, oracle: text },
          status: "success",
          score: 1,
          reason: text,
          duration_ms: 1,
          created_at: new Date().toISOString(),
        },
      });
    }
    await stage.analyzer.drain();
  }, 120_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  const foreign = () => watched.page.locator("#root").locator(FOREIGN).count();

  it.each(HOSTILE.map((text, at) => [text, at] as const))("run of %s", async (text, at) => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${runs[at]}`);
    await page.locator("li.step").nth(3).waitFor();
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await page.locator("h1").textContent()).toBe(text);
    expect(await page.locator(".blame-agent").textContent()).toBe(text);
    expect(await page.locator(".blame-reason").textContent()).toBe(text);
    expect(await page.locator(".correction .long-text").textContent()).toBe(text);
    expect(await page.locator(".feedback .long-text").textContent()).toBe(text);
    expect(await page.locator("details.truth .long-text").textContent()).toBe(text);
    const first = page.locator("#step-0");
    expect(await first.locator(".step-agent").textContent()).toBe(text);
    expect(await first.locator(".step-body > .long-text").textContent()).toBe(text);
    expect(await first.locator(".messages .long-text").first().textContent()).toBe(text);
    const caller = page.locator("li.step").filter({ has: page.locator(".tool-name") });
    expect(await caller.locator(".tool-name .mono").textContent()).toBe(text);
    const tool = page.locator("li.step-environment");
    expect(await tool.locator(".step-agent").textContent()).toBe(text);
    expect(await tool.locator(".step-error .long-text").textContent()).toContain(text);
    expect(await foreign()).toBe(0);
    await expectCalm();
  });

  it("inbox, and each hostile agent's own address", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto("/");
    const rows = page.locator(".group-row");
    await rows.nth(HOSTILE.length - 1).waitFor();
    const names = await page.locator(".rail-name").allTextContents();
    for (const text of HOSTILE) {
      expect(names).toContain(text);
      const at = names.indexOf(text);
      await page.locator(".rail a").nth(at).click();
      await expect.poll(() => page.locator(".agent-section").count()).toBe(1);
      expect(await page.locator(".agent-section h2").textContent()).toBe(text);
      expect(await page.locator("a.row-link").textContent()).toBe(text);
      await page.locator(".group-count").click();
      expect(await page.locator(".group-page-head h1").textContent()).toBe(text);
      expect(await page.locator(".run-reason").textContent()).toBe(text);
      await page.goBack();
      await page.goBack();
      await rows.nth(HOSTILE.length - 1).waitFor();
    }
    expect(await foreign()).toBe(0);
    await expectCalm();
  });

  it("agents, figures and replays", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto("/agents");
    await page
      .locator("tbody tr")
      .nth(HOSTILE.length - 1)
      .waitFor();
    const names = await page.locator("tbody th").allTextContents();
    expect(names).toEqual(expect.arrayContaining([...HOSTILE]));
    expect(await foreign()).toBe(0);
    await page.goto("/quality");
    await page.locator("[data-what]").first().waitFor();
    const models = await page.locator("[data-what] td:nth-child(2)").allTextContents();
    expect(models).toEqual(expect.arrayContaining([...HOSTILE]));
    expect(await foreign()).toBe(0);
    for (const [at, text] of HOSTILE.entries()) {
      await page.goto(`/runs/${runs[at]}`);
      await page.locator("tr[data-replay] a", { hasText: "Succeeded" }).click();
      await page.getByText("The outcome flipped.").waitFor();
      expect(await page.locator(".intervention .blame-agent").textContent()).toBe(text);
      expect(await page.locator(".intervention .long-text").textContent()).toBe(text);
      expect(await foreign()).toBe(0);
    }
    await expectCalm();
  });

  it("a string of half a million unbroken characters stays folded and inside a phone's width", async () => {
    const giant = "A".repeat(500_000);
    const trace = await tell(stage.url, { task: giant, acts: [{ agent: giant.slice(0, 2000), says: giant }] });
    await stage.analyzer.drain();
    watched = await openPage(browser, stage.url, { viewport: { width: 360, height: 740 } });
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${trace}`);
    await page.locator("li.step").first().waitFor();
    expect((await page.locator("#root").textContent())?.length).toBeLessThan(30_000);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.goto("/");
    await page.locator(`.group-row a[href="/runs/${trace}"]`).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await expectCalm();
  });
});
