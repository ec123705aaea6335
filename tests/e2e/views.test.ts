import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startAlerts } from "@culprit/collector";
import { createClient, parseConfig, REDACTION_RULES } from "@culprit/schemas";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Stage, setStage } from "./stage.ts";
import { pricing } from "./stories.ts";

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

  it("agents: who hands over to whom, how such runs end and where failures went, drawn and in words", async () => {
    const { page, expectCalm } = await visit("/agents");
    const { agents, handoffs } = await stage.client.call("handoffFigures");
    await page.locator(".team").waitFor();
    expect(await page.locator(".team [data-agent]").count()).toBe(agents.length);
    expect(await page.locator(".team [data-handoff]").count()).toBe(handoffs.length);
    for (const { from, to, failed, passes, carried } of handoffs) {
      const row = page.locator(`tr[data-from="${from}"][data-to="${to}"]`);
      expect(await row.locator(".whisker").textContent()).toContain(`${failed.k} of ${failed.n}`);
      expect(await row.locator(".amount").allTextContents()).toEqual([String(passes), String(carried)]);
    }
    expect(handoffs.some(({ carried }) => carried > 0)).toBe(true);
    expect(await page.locator(".team-carried").count()).toBe(handoffs.filter(({ carried }) => carried > 0).length);
    const { blame } = await stage.client.call("blameFigures");
    const total = blame.reduce((sum, { failures }) => sum + failures, 0);
    const key = await page.locator(".course-key .number").allTextContents();
    expect(key.reduce((sum, text) => sum + Number(text), 0)).toBe(total);
    await expectCalm();
  });

  it("run: where what the decisive step brought in went, as links in the timeline and in words that lead there", async () => {
    const trace_id = await tell(stage.url, pricing);
    await stage.analyzer.drain();
    await stage.label({ trace_id, agent: "Researcher", step: 1, reason: "Step 1 read the wrong shop's price." });
    await stage.analyzer.drain();
    const flow = await stage.client.call("getFlow", { trace_id, step: 1 });
    expect(flow.links.map(({ from, to, onward }) => [from, to, onward])).toEqual([
      [1, 2, true],
      [2, 3, true],
    ]);
    const { page, expectCalm } = await visit(`/runs/${trace_id}`);
    await page.locator(".blame-reason a.cited", { hasText: "1" }).waitFor();
    const card = page.locator("[data-reaches]");
    await card.waitFor();
    expect(await card.getAttribute("data-reaches")).toBe(String(flow.reaches));
    expect(await card.locator(".flow > li").count()).toBe(Math.min(5, flow.links.length));
    expect(await page.locator(".flow-arcs path").count()).toBe(flow.links.length);
    const last = flow.links.at(-1)?.to;
    await card
      .locator(".flow a", { hasText: String(last) })
      .last()
      .click();
    await page.waitForURL(`**/runs/${trace_id}#step-${last}`);
    await expectCalm();
  });

  it("datasets: versions with their counts, growth, balance, what was left out, and what changed", async () => {
    const { page, expectCalm } = await visit("/datasets");
    await page.locator("[data-dataset=team]").waitFor();
    expect(await page.locator("[data-dataset=team]").textContent()).toContain("24 records: 21 to train on, 3 held out");
    expect(await page.locator(".growth a").allTextContents()).toEqual(["12v1", "24v2"]);
    await page.getByRole("link", { name: "team 2", exact: true }).click();
    await page.waitForURL("**/datasets/team/2");
    await page.locator("[data-diff='1']").waitFor();
    expect(await page.locator("[data-diff]").textContent()).toContain("12 added, 1 removed, 2 changed");
    const { dataset } = await stage.client.call("getDataset", { name: "team", version: "2" });
    for (const by of ["agent", "position", "domain", "source"] as const) {
      const rows = page.locator(`[data-balance=${by}] tbody tr`);
      expect(await rows.count()).toBe(dataset.balance[by].length);
    }
    expect(await page.locator("[data-evidence=injected] dd").first().textContent()).toBe("8");
    expect(await page.locator("[data-reason=near_duplicate]").textContent()).toContain("says almost the same");
    expect(await page.getByRole("button", { name: /^Copy hash/ }).textContent()).toContain(dataset.hash);
    await page.getByText("culprit curate --name team --out datasets/team").waitFor();
    await page.locator(".growth a").first().click();
    await page.getByText("The first version.").waitFor();
    await page.goto("/datasets/team/9");
    await page.getByRole("heading", { name: "There is no such version" }).waitFor();
    await expectCalm();
  });

  it("quality: strategies against what replays and people say, with intervals, and what calls cost", async () => {
    const { page, expectCalm } = await visit("/quality");
    const { accuracy } = await stage.client.call("strategyFigures");
    const figures = await stage.client.call("runFigures");
    const { costs } = await stage.client.call("costFigures");
    expect(accuracy.length).toBeGreaterThan(0);
    for (const { strategy, agent, step } of accuracy) {
      const cells = page.locator(`tr[data-strategy="${strategy}"] .whisker`);
      await cells.first().waitFor();
      expect(await cells.nth(0).textContent()).toContain(`${agent.k} of ${agent.n}`);
      expect(await cells.nth(1).textContent()).toContain(`${step.k} of ${step.n}`);
    }
    const { calibration } = await stage.client.call("calibrationFigures");
    for (const { strategy, runs, bins } of calibration) {
      const own = page.locator(`[data-calibration="${strategy}"]`);
      expect(await own.locator("figcaption").textContent()).toContain(`${runs} checked blames`);
      const filled = bins.filter(({ step }) => step.n > 0);
      expect(await own.locator(".calibration-dot").count()).toBe(filled.length);
      expect(await own.locator("tr[data-bin] td:last-child").allTextContents()).toEqual(
        filled.map(({ step }) => String(step.n)),
      );
    }
    expect(calibration.length).toBeGreaterThan(0);
    expect(await page.locator("tr[data-benchmark]").count()).toBe(2);
    expect(await page.locator("[data-growth=team]").textContent()).toContain("24 records in version 2");
    const firm = page.locator(".facts [data-status=verified] dd");
    expect(await firm.textContent()).toBe(String(figures.statuses.verified));
    const tokens = costs.reduce((sum, { input_tokens, output_tokens }) => sum + input_tokens + output_tokens, 0);
    const shown = await page.locator("[data-what] td:nth-child(5)").allTextContents();
    expect(shown.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0)).toBe(tokens);
    await expectCalm();
  });

  it("alerts: teaches a rule while there is none; then rules, what they said with its runs, and who was told", async () => {
    const { page } = await visit("/alerts");
    await page.getByText("culprit alerts test coder-breaks-runs --since 7d").waitFor();
    await watched.close();
    const receiver = createServer((_, response) => response.end());
    await new Promise<void>((ready) => receiver.listen(0, "127.0.0.1", ready));
    const { port } = receiver.address() as AddressInfo;
    const config = parseConfig(
      {},
      {},
      {
        poll_seconds: 86_400,
        alert_allow_private: true,
        alert_rules: [
          { name: "coder <b>breaks</b> runs", agent: "Coder", webhook: `http://127.0.0.1:${port}/culprit` },
        ],
      },
    );
    const alerts = startAlerts({ store: stage.store, config });
    const door = await stage.openDoor({ alert_rules: config.alert_rules });
    try {
      await alerts.tick();
      await alerts.delivered();
      watched = await openPage(browser, door.url);
      await watched.page.goto("/alerts");
      const rule = watched.page.locator("tr[data-rule]");
      await rule.waitFor();
      expect(await rule.textContent()).toContain("coder <b>breaks</b> runs");
      expect(await rule.textContent()).toContain("firing Coder");
      const event = watched.page.locator(".events li[data-state=firing]").first();
      await event.locator("summary").click();
      const { alerts: said } = await stage.client.call("listAlerts");
      expect(await event.locator("li a").count()).toBe(said[0]?.runs.length);
      await watched.page.locator("tr[data-delivery=delivered]").waitFor();
      await watched.expectCalm();
    } finally {
      await alerts.stop();
      await door.close(0);
      receiver.close();
    }
  });

  it.each(["/agents", "/quality", "/alerts", "/settings", "/datasets", "/datasets/team/1", "/groups/0123456789abcdef"])(
    "%s fits a phone",
    async (path) => {
      watched = await openPage(browser, stage.url, { viewport: { width: 360, height: 740 } });
      const { page, expectCalm } = watched;
      await page.goto(path);
      await page.locator("main h1, main h2").nth(0).waitFor();
      await page.locator(".blocks > *, .notice").first().waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
      await expectCalm();
    },
  );

  it("settings: what the collector holds and its keys, those to who may see them", async () => {
    const { page } = await visit("/settings");
    const { runs, spans } = await stage.client.call("status");
    await page.getByText(`${runs} runs, ${spans} spans`).waitFor();
    await page.locator("dd", { hasText: /^for ever(?!y)/ }).waitFor();
    expect(await page.locator("[data-rule][data-on=true]").count()).toBe(REDACTION_RULES.length);
    await page.getByText("culprit keys create --scope read --name on-call").waitFor();
    await watched.close();
    // From its first key on, the collector asks for one.
    const admin = await stage.client.call("createKey", { body: { name: "<i>admin</i>", scopes: ["admin"] } });
    const client = createClient({ baseUrl: stage.url, apiKey: admin.key });
    const reader = await client.call("createKey", { body: { name: "reader", scopes: ["read"] } });
    for (const [password, seen] of [
      [admin.key, "<i>admin</i>"],
      [reader.key, "scope"],
    ] as const) {
      watched = await openPage(browser, stage.url, { httpCredentials: { username: "culprit", password } });
      await watched.page.goto("/settings");
      await watched.page.locator("section[aria-labelledby=keys-title]", { hasText: seen }).waitFor();
      expect(await watched.page.locator("main").textContent()).not.toContain(admin.key);
      await watched.expectCalm();
      await watched.close();
    }
  });
});
