import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { type Story, tell } from "./runs.ts";
import { type Stage, setStage } from "./stage.ts";

const ACTS = 5000;
const AGENTS = ["Planner", "Coder", "Tester"];

/** 10,000 spans: an agent span and its model call an act. */
const long: Story = {
  task: "Migrate the whole repository, file by file.",
  acts: Array.from({ length: ACTS }, (_, at) => ({
    agent: AGENTS[at % 3] as string,
    says: `File ${at}: ${at === 3500 ? "Error: I deleted it instead." : "done as planned. ".repeat((at % 7) + 1)}`,
  })),
};
const heavy: Story = {
  task: "Summarise the log.",
  acts: [
    { agent: "Reader", says: `The log begins. ${"A line of the log.\n".repeat(280_000)}The log ends.` },
    { agent: "Writer", says: "Error: it is too long to summarise." },
  ],
};

describe.skipIf(noBrowser !== undefined)("runs that are too big to draw at once", () => {
  let stage: Stage;
  let browser: Browser;
  let watched: WatchedPage;
  const runs = { long: "", heavy: "" };

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
    runs.long = await tell(stage.url, long);
    runs.heavy = await tell(stage.url, heavy);
    await stage.analyzer.drain();
    const label = { agent: AGENTS[3500 % 3] as string, step: 3500, reason: "It deleted the file." };
    await stage.label({ trace_id: runs.long, ...label });
    await stage.analyzer.drain();
  }, 180_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  it("of 10,000 spans keep few steps in the page wherever one scrolls, jumps or walks", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${runs.long}`);
    await page.locator("#step-0").waitFor();
    expect(await page.locator(".facts").first().textContent()).toContain("5,000");
    expect(await page.locator("li.step").count()).toBeLessThan(200);
    expect(await page.locator(".cell").count()).toBeLessThanOrEqual(240 * AGENTS.length);
    expect(await page.locator(".cell-decisive").count()).toBe(1);

    await page.keyboard.press("d");
    const decisive = page.locator("#step-3500[data-decisive=verified]");
    await decisive.waitFor();
    await expect.poll(async () => Math.abs((await decisive.boundingBox())?.y ?? 1e9)).toBeLessThan(200);
    expect(await decisive.textContent()).toContain("I deleted it instead");
    await page.keyboard.press("j");
    expect(await page.evaluate("document.activeElement.id")).toBe("step-3501");

    await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
    await page.locator(`#step-${ACTS - 1}`).waitFor();
    await expect.poll(() => page.locator("li.step").count()).toBeLessThan(250);
    await expectCalm();
  });

  it("say who broke them before their steps are here", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/contents=clipped/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`/runs/${runs.long}`);
    const blame = page.locator(".blame h2");
    await blame.waitFor();
    expect(await blame.textContent()).toMatch(new RegExp(`${AGENTS[3500 % 3]}.*step 3500`));
    expect(await page.locator(".facts").first().textContent()).toContain("5,000");
    expect(await page.locator("li.step").count()).toBe(0);
    release();
    await page.locator("#step-0").waitFor();
    await expectCalm();
  });

  it("with a message of 5 MB come without it, and draw it in pieces", async () => {
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    const clipped = page.waitForResponse((response) => response.url().includes("contents=clipped"));
    await page.goto(`/runs/${runs.heavy}`);
    const step = page.locator("#step-1");
    await page.getByText("The log begins.").first().waitFor();
    expect((await (await clipped).body()).length).toBeLessThan(100_000);
    const reader = page.locator("li.step").filter({ hasText: "The log begins." });
    await step.waitFor();
    // The decisive step is loaded whole by itself, the others when asked.
    const load = reader.getByRole("button", { name: "Load the rest of this step" });
    if ((await reader.getAttribute("data-decisive")) === null) await load.click();
    await reader.getByRole("button", { name: /Show more/ }).click();
    await expect.poll(async () => (await reader.textContent())?.length ?? 0).toBeGreaterThan(90_000);
    expect((await reader.textContent())?.length).toBeLessThan(110_000);
    await expectCalm();
  });
});
