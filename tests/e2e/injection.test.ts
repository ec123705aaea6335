import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { anAttribution } from "../integration/store-rows.ts";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { datasetVersion } from "./scene.ts";
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
    for (const [at, text] of HOSTILE.entries()) {
      const trace_id = runs[at] as string;
      const blame = { trace_id, strategy: text, agent: text, step: 0, reason: text, model: text };
      await stage.store.saveAttributions([anAttribution(blame)]);
      await stage.store.replayJobs.save("default", {
        ...{ job_id: `${at}`.padStart(32, "0"), trace_id, step: 0, correction: text, tool_calls: [], k: null },
        ...{ state: "failed", replays: 1, most_replays: 30, asked_by: text },
        verdict: {
          ...{ trace_id, status: "flipped", decisive: null, replays: 1, placebo: { k: 1, successes: 0 } },
          reason: text,
        },
        error: { code: "x", message: text, mend: text },
        ...{ created_at: new Date().toISOString(), updated_at: new Date().toISOString() },
      });
    }
    const rows = HOSTILE.map((value) => ({ value, records: 1, counterfactual: 1, injected: 0, human: 0 }));
    await stage.client.call("registerDataset", {
      body: datasetVersion(1, {
        about: HOSTILE.join(" "),
        balance: { agent: rows, position: rows, domain: rows, source: rows },
        left_out: HOSTILE.map((text) => ({ reason: text, about: text, count: 1 })),
        biases: [...HOSTILE],
        licences: [...HOSTILE],
        scrubbed: Object.fromEntries(HOSTILE.filter((text) => text !== "__proto__").map((text) => [text, 1])),
        contamination: { benchmarks: [...HOSTILE], questions: 1, flagged: 0 },
      }),
    });
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
    expect(await page.locator("[data-job] .muted").last().textContent()).toBe(`${text} ${text}`);
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
      await expect.poll(() => page.locator(".agent-section").count(), { timeout: 10_000 }).toBe(1);
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
    const names = await page.locator("tr[data-agent] th").allTextContents();
    expect(names).toEqual(expect.arrayContaining([...HOSTILE]));
    await page.getByRole("button", { name: /^Show all/ }).click();
    const passes = await page.locator("tr[data-from] bdi").allTextContents();
    expect(passes).toEqual(expect.arrayContaining([...HOSTILE]));
    expect(await foreign()).toBe(0);
    await page.goto("/quality");
    await page.locator("[data-what]").first().waitFor();
    const models = await page.locator("[data-what] td:nth-child(2)").allTextContents();
    expect(models).toEqual(expect.arrayContaining([...HOSTILE]));
    expect(await foreign()).toBe(0);
    const strategies = await page.locator(".calibration figcaption strong").allTextContents();
    expect(strategies).toEqual(expect.arrayContaining([...HOSTILE]));
    await page.goto("/datasets");
    await page.locator("[data-dataset=team]").waitFor();
    expect(await page.locator("[data-dataset=team]").textContent()).toContain(HOSTILE[0]);
    expect(await foreign()).toBe(0);
    await page.goto("/datasets/team/1");
    await page.locator("[data-balance]").first().waitFor();
    for (const more of await page.locator("[data-balance] .show-more").all()) await more.click();
    expect(await page.locator("[data-balance=agent] th").allTextContents()).toEqual([...HOSTILE]);
    expect(await page.locator("tr[data-reason] th").allTextContents()).toEqual([...HOSTILE]);
    expect(await page.locator("section[aria-labelledby=left-title] .evidence li").allTextContents()).toEqual([
      ...HOSTILE,
    ]);
    expect(await foreign()).toBe(0);
    await page.goto("/alerts");
    await page.goto("/settings");
    await page.locator("[data-rule]").first().waitFor();
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

  it("where what a step brought in went", async () => {
    const lines = HOSTILE.join("\n");
    const acts = [
      { agent: "Planner", says: "Look it up." },
      { agent: "Coder", says: lines },
      { agent: "Reviewer", says: `All of it is right:\n${lines}` },
    ];
    const trace_id = await tell(stage.url, { task: "Find out.", acts });
    await stage.analyzer.drain();
    await stage.label({ trace_id, agent: "Coder", step: 1, reason: `${lines} as step 2 says` });
    await stage.analyzer.drain();
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${trace_id}`);
    await page.locator("[data-reaches=true]").waitFor();
    const values = await page.locator(".flow-values code").allTextContents();
    expect(values).toHaveLength(5);
    for (const value of values) expect(lines).toContain(value);
    expect(await page.locator(".blame-reason a.cited").textContent()).toBe("2");
    expect(await foreign()).toBe(0);
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
