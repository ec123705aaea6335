import type { Attribution, FailureGroup } from "@culprit/schemas";
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { type Stage, setStage } from "./stage.ts";
import { parsing, rotation, succeeded } from "./stories.ts";

type Prediction = Attribution & { agent: string; step: number };

describe.skipIf(noBrowser !== undefined)("the page", () => {
  let stage: Stage;
  let browser: Browser;
  const open: WatchedPage[] = [];
  const visit = async (path: string, options?: Parameters<typeof openPage>[2], url = stage.url) => {
    const watched = await openPage(browser, url, options);
    open.push(watched);
    await watched.page.goto(path);
    return watched;
  };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
  }, 120_000);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((watched) => watched.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  it("teaches the next command while the store is empty", async () => {
    const { page, expectCalm } = await visit("/");
    await page.getByRole("heading", { name: "No runs yet" }).waitFor();
    await page.getByText("npm run quickstart -- --keep").waitFor();
    await page.getByText("culprit import path/to/trajectories").waitFor();
    await expectCalm();
  });

  it("says so when runs are there and none failed, and shows a failure without being reloaded", async () => {
    const { page, expectCalm } = await visit("/");
    await page.getByRole("heading", { name: "No runs yet" }).waitFor();
    await tell(stage.url, succeeded);
    await stage.analyzer.drain();
    await page.getByRole("heading", { name: "Nothing failed" }).waitFor();
    const failed = await tell(stage.url, parsing);
    await stage.analyzer.drain();
    await page.locator(`.group-row a[href="/runs/${failed}"]`).waitFor();
    await expectCalm();
  });

  describe("with failed runs", () => {
    const runs = { predicted: "", verified: "", differs: "", refuted: "", human: "", open: "" };
    const predictions = new Map<string, Prediction>();
    const groupOf = async (traceId: string): Promise<FailureGroup> => {
      const { groups } = await stage.client.call("listGroups");
      for (const group of groups) {
        const { traces } = await stage.client.call("listTraces", { group: group.group_id });
        if (traces.some(({ trace_id }) => trace_id === traceId)) return group;
      }
      throw new Error(`Run ${traceId} is in no group.`);
    };
    const predictionOf = (traceId: string): Prediction => predictions.get(traceId) as Prediction;

    beforeAll(async () => {
      for (const name of ["predicted", "verified", "differs", "refuted", "human"] as const) {
        runs[name] = await tell(stage.url, rotation);
      }
      await stage.analyzer.drain();
      for (const trace_id of Object.values(runs).filter(Boolean)) {
        const { attributions } = await stage.client.call("getTrace", { trace_id });
        predictions.set(trace_id, attributions[0] as Prediction);
      }
      const correction = "def rotate(items, k):\n    k = k % len(items)\n    return items[-k:] + items[:-k]";
      const same = predictionOf(runs.verified);
      await stage.label({ trace_id: runs.verified, agent: same.agent, step: same.step, correction });
      await stage.label({ trace_id: runs.differs, ...otherThan(predictionOf(runs.differs)) });
      const wrong = predictionOf(runs.refuted);
      await stage.label({ trace_id: runs.refuted, agent: wrong.agent, step: wrong.step, verdict: "refuted" });
      const seen = predictionOf(runs.human);
      await stage.label({ trace_id: runs.human, agent: seen.agent, step: seen.step, evidence: "human" });
      await stage.client.call("saveReplay", {
        body: {
          replay_id: "replay-1",
          trace_id: runs.verified,
          replay_trace_id: "",
          intervention: {
            kind: "correction",
            step: same.step,
            agent: same.agent,
            action: correction,
            oracle: "person",
          },
          status: "success",
          score: 1,
          reason: "",
          duration_ms: 812,
          created_at: new Date().toISOString(),
        },
      });
      await stage.analyzer.drain();
    }, 60_000);

    it("lists failure groups by blamed agent as the API counts them", async () => {
      const { page, expectCalm } = await visit("/");
      await page.locator(".group-row").first().waitFor();
      const { groups } = await stage.client.call("listGroups", { state: "open" });
      expect(groups.length).toBeGreaterThan(1);
      expect(await page.locator(".group-row").count()).toBe(groups.length);
      for (const { agent, group_id, count, verified, representative } of groups) {
        const row = page.locator(`.agent-section[data-agent="${agent}"] .group-row[data-group="${group_id}"]`);
        expect(await read(row.locator(".group-count"))).toBe(`${count} ${count === 1 ? "run" : "runs"}`);
        const share = row.locator(".verified-share");
        if (count > 1) expect(await read(share)).toContain(`${verified} verified`);
        else expect(await share.count()).toBe(0);
        expect(await row.locator("a.row-link").getAttribute("href")).toBe(`/runs/${representative}`);
      }
      await expectCalm();
    });

    it("shows a group's runs, and those whose blame was ruled out apart", async () => {
      const { page } = await visit("/");
      const own = await groupOf(runs.predicted);
      await page.locator(`.group-row[data-group="${own.group_id}"] .group-count`).click();
      await page.waitForURL(`**/groups/${own.group_id}`);
      await page.locator(`[data-trace="${runs.predicted}"]`).waitFor();
      expect(await page.locator(".run-row").count()).toBe(own.count);
      await page.goto("/?status=refuted");
      await page.locator(`[data-trace="${runs.refuted}"]`).waitFor();
      expect(await page.locator(".run-row").count()).toBe(1);
    });

    it("triages by keyboard: resolve, undo, ignore; the address keeps the state", async () => {
      const { page, expectCalm } = await visit("/");
      await page.locator(".group-row").first().waitFor();
      const rows = await page.locator(".group-row").count();
      await page.keyboard.press("j");
      const id = await page.locator("a.row-link:focus").getAttribute("data-group");
      const row = page.locator(`.group-row[data-group="${id}"]`);
      await page.keyboard.press("r");
      await row.waitFor({ state: "detached" });
      expect(await page.locator(".group-row").count()).toBe(rows - 1);
      await page.keyboard.press("z");
      await row.waitFor();
      await row.getByRole("button", { name: "Ignore" }).click();
      await row.waitFor({ state: "detached" });
      await page.getByRole("link", { name: "Ignored" }).click();
      await page.waitForURL("**/?state=ignored");
      await row.waitFor();
      const { group, changes } = await stage.client.call("getGroup", { group_id: id as string });
      expect(group.state).toBe("ignored");
      expect(changes.map(({ state }) => state)).toEqual(["ignored", "open", "resolved"]);
      await row.getByRole("button", { name: "Reopen" }).click();
      await row.waitFor({ state: "detached" });
      await page.getByRole("heading", { name: "Nothing is ignored here" }).waitFor();
      await expectCalm();
    });

    it("filters by agent through the address, and back leads out again", async () => {
      const { page } = await visit("/");
      const { agent } = predictionOf(runs.predicted);
      await page.getByRole("navigation", { name: "Blamed agents" }).getByRole("link", { name: agent }).click();
      await page.waitForURL(`**/?agent=${agent}`);
      await expect.poll(() => page.locator(".agent-section").count()).toBe(1);
      expect(await read(page.locator(".agent-section h2"))).toBe(agent);
      await page.reload();
      expect(await read(page.locator(".agent-section h2"))).toBe(agent);
      await page.goBack();
      expect(new URL(page.url()).search).toBe("");
      await page.getByRole("link", { name: "All agents", exact: false }).waitFor();
    });

    it("opens a run from its group, marks the predicted step, and back returns", async () => {
      const { group_id } = await groupOf(runs.predicted);
      const { page, expectCalm } = await visit(`/groups/${group_id}`);
      const { agent, step, strategy } = predictionOf(runs.predicted);
      const row = page.locator(`[data-trace="${runs.predicted}"]`);
      expect(await read(row.locator("[data-status]"))).toBe("Predicted");
      expect(await read(row)).toContain(`step ${step}`);
      await row.getByRole("link").click();
      await page.waitForURL(`**/runs/${runs.predicted}`);
      expect(await read(page.getByRole("heading", { level: 1 }))).toBe(rotation.task);
      const card = page.locator(".blame");
      expect(await card.getAttribute("data-status")).toBe("predicted");
      expect(await read(card.getByRole("heading").first())).toContain(agent);
      const decisive = page.locator("li.step[data-decisive]");
      await decisive.first().waitFor();
      expect(await decisive.count()).toBe(1);
      expect(await decisive.getAttribute("data-step")).toBe(String(step));
      expect(await decisive.getAttribute("data-decisive")).toBe("predicted");
      expect(await read(decisive)).toContain(`Predicted by ${strategy}`);
      expect(await page.locator("[data-mark=verified]").count()).toBe(0);
      await page.goBack();
      await row.waitFor();
      await expectCalm();
    });

    it("shows a verified blame with its evidence: the flip, the placebo with its interval, the correction", async () => {
      const { page } = await visit(`/runs/${runs.verified}`);
      const card = page.locator(".blame");
      const said = await read(card);
      expect(said).toContain("Verified by replay");
      expect(said).toContain("it succeeds in 0 of 3 replays");
      expect(said).toMatch(/95 % interval 0\s% to 56\s%/);
      expect(said).toContain("Earliest: no step before it flips the outcome.");
      expect(said).toContain("return items[-k:] + items[:-k]");
      const decisive = page.locator("li.step[data-decisive=verified]");
      await decisive.waitFor();
      expect(await decisive.locator("[data-mark=verified]").count()).toBe(1);
      expect(await decisive.locator("[data-mark=predicted]").count()).toBe(1);
      expect(await read(page.locator("tr[data-replay=success]"))).toMatch(/Correction.?Succeeded/);
    });

    it("tells the verified step from the predicted one where they differ, by word, border and icon", async () => {
      const { page } = await visit(`/runs/${runs.differs}`);
      const prediction = predictionOf(runs.differs);
      const proven = otherThan(prediction);
      await page.locator(`#step-${proven.step}[data-decisive=verified]`).waitFor();
      const predicted = page.locator(`#step-${prediction.step}`);
      expect(await predicted.getAttribute("data-decisive")).toBeNull();
      expect(await predicted.locator("[data-mark=predicted]").count()).toBe(1);
      expect(await read(page.locator(".blame"))).toContain(`The ${prediction.strategy} had predicted`);
      const look = (mark: string) =>
        page.evaluate(`(() => {
          const badge = document.querySelector("li.step [data-mark=${mark}]");
          const style = getComputedStyle(badge);
          return [style.borderTopStyle, badge.querySelector("path").getAttribute("d"), badge.innerText];
        })()`) as Promise<string[]>;
      const [one, other] = [await look("verified"), await look("predicted")];
      expect(one[0]).toBe("solid");
      expect(other[0]).toBe("dashed");
      expect(one[1]).not.toBe(other[1]);
      expect(one[2]).not.toBe(other[2]);
    });

    it.each([
      ["refuted", "Refuted", "the run still fails"],
      ["human", "Confirmed by a person", "A person named this step"],
    ] as const)("a blame that is %s says %s", async (name, word, evidence) => {
      const { page } = await visit(`/runs/${runs[name]}`);
      const card = page.locator(`.blame[data-status=${name}]`);
      await card.waitFor();
      expect(await read(card)).toContain(word);
      expect(await read(card)).toContain(evidence);
    });

    it("a deep link scrolls to its step and gives it focus; d goes to the decisive step", async () => {
      const { page } = await visit(`/runs/${runs.verified}#step-5`, { viewport: { width: 1280, height: 400 } });
      const step = page.locator("#step-5");
      await expect.poll(() => step.getAttribute("data-focus")).toBe("true");
      await expect.poll(async () => (await step.boundingBox())?.y ?? -1).toBeLessThan(400);
      expect(await page.evaluate("document.activeElement.id")).toBe("step-5");
      await page.keyboard.press("d");
      const decisive = predictionOf(runs.verified).step;
      await page.waitForURL(`**/runs/${runs.verified}#step-${decisive}`);
      await expect.poll(() => page.evaluate("document.activeElement.id")).toBe(`step-${decisive}`);
    });

    it("keeps long output folded until asked, and what an agent was shown out of the page until opened", async () => {
      const { page } = await visit(`/runs/${runs.predicted}`);
      const tool = page.locator("li.step-environment");
      expect(await read(tool)).not.toContain("test_399");
      await tool.getByRole("button", { name: "Load the rest of this step" }).click();
      await tool.getByRole("button", { name: /Show all/ }).click();
      expect(await read(tool)).toContain("test_399 FAILED");
      await tool.getByRole("button", { name: "Show less" }).click();
      expect(await read(tool)).not.toContain("test_399");
      const planner = page.locator("li.step").filter({ hasText: "Reduce k modulo" }).first();
      expect(await read(planner)).not.toContain("You are the Planner");
      await planner.getByText("What Planner was shown").click();
      await planner.getByText("You are the Planner. Break the task into steps.").waitFor();
    });

    it("walks the inbox by keyboard", async () => {
      const { page } = await visit("/");
      await page.locator("a.row-link").nth(1).waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      const first = await page.locator("a.row-link").first().getAttribute("href");
      await page.keyboard.press("Enter");
      await page.waitForURL(`**${first}`);
    });

    it("says what a wrong address is", async () => {
      const { page } = await visit(`/runs/${"0".repeat(32)}`);
      await page.getByRole("heading", { name: "This run is not in the store" }).waitFor();
      await page.goto("/nowhere");
      await page.getByRole("heading", { name: "There is no page here" }).waitFor();
    });

    it("fits a phone", async () => {
      const phone = { viewport: { width: 360, height: 740 } };
      const { page } = await visit("/", phone);
      await page.locator(".group-row").first().waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
      await page.goto(`/runs/${runs.verified}`);
      await page.locator("li.step").first().waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    });

    it("keeps what it showed when the collector goes away, says what to do, and comes back by itself", async () => {
      const door = await stage.openDoor();
      const { page } = await visit("/", {}, door.url);
      const row = page.locator(".group-row").first();
      await row.waitFor();
      await door.close(0);
      await page.getByRole("heading", { name: "The collector does not answer" }).waitFor();
      await page.getByText("culprit up").waitFor();
      expect(await row.isVisible()).toBe(true);
      const again = await stage.openDoor({ port: door.port });
      try {
        await page.getByRole("button", { name: "Try again" }).click();
        await page.getByRole("heading", { name: "The collector does not answer" }).waitFor({ state: "detached" });
      } finally {
        await again.close(0);
      }
    });

    it("works behind a key, which the browser asks for", async () => {
      const api_key = "a-key-for-the-end-to-end-test";
      const door = await stage.openDoor({ api_key });
      try {
        const { page } = await visit("/", { httpCredentials: { username: "culprit", password: api_key } }, door.url);
        await page.locator(".group-row").first().waitFor();
      } finally {
        await door.close(0);
      }
    });
  });
});

/** Another agent step of the rotation story. */
function otherThan({ step }: Prediction): { agent: string; step: number } {
  const planner = { agent: "Planner", step: 0 };
  return step === planner.step ? { agent: "Coder", step: 1 } : planner;
}

/** Text of an element, white space collapsed. */
async function read(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? "").replace(/\s+/g, " ").trim();
}
