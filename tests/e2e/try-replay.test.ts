import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  oracleFor,
  runTeam,
  type ScriptedEndpoint,
  seededTruth,
  startScriptedEndpoint,
  TASKS,
} from "@culprit/examples";
import { startTracing } from "@culprit/instrumentation";
import { type Client, createClient } from "@culprit/schemas";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { culpritUp, type UpProcess } from "../integration/cli-process.ts";
import { bringAxe, findingsOn } from "./axe.ts";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { tell } from "./runs.ts";
import { type Stage, setStage } from "./stage.ts";
import { parsing } from "./stories.ts";

const TARGET = join(import.meta.dirname, "../../examples/dist/coding-team/target.js");

describe.skipIf(noBrowser !== undefined)("a correction is tried from the page", () => {
  const directory = mkdtempSync(join(tmpdir(), "culprit-e2e-replay-"));
  let browser: Browser;
  let endpoint: ScriptedEndpoint;
  let server: UpProcess;
  let client: Client;
  let stage: Stage;
  let watched: WatchedPage;
  let traceId = "";
  let step = 0;
  let better = "";

  beforeAll(async () => {
    [browser, endpoint, stage] = await Promise.all([launch(), startScriptedEndpoint(), setStage()]);
    server = await culpritUp(["--data", join(directory, "store")], {
      CULPRIT_REPLAY_TARGET: JSON.stringify({ module: TARGET, max_replays: 20, timeout_seconds: 20 }),
    });
    client = createClient({ baseUrl: server.url });
    const tracing = startTracing({ url: server.url, exitHooks: false });
    for (const task of TASKS) {
      const { decisive } = seededTruth(task);
      if (decisive === null || traceId !== "") continue;
      const run = await runTeam({ task, baseURL: endpoint.baseURL });
      if (run.outcome.success !== false) continue;
      await tracing.flush();
      const { steps } = await client.call("getTrace", { trace_id: run.traceId });
      const original = steps[decisive.step];
      if (original === undefined) throw new Error("The run has no such step.");
      const correction = oracleFor(task)({ step: original });
      if ((correction?.tool_calls.length ?? 0) > 0) continue;
      [traceId, step, better] = [run.traceId, decisive.step, correction?.content ?? ""];
    }
    await tracing.shutdown();
  }, 120_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    server?.child.kill("SIGTERM");
    await server?.ended;
    await endpoint?.close();
    await stage?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("edited, started, watched, and laid beside the original; the run's blame is proven without a reload", async () => {
    watched = await openPage(browser, server.url);
    const { page, expectCalm } = watched;
    await bringAxe(page.context());
    await page.goto(`/runs/${traceId}`);
    await page.getByRole("button", { name: "Try a correction…" }).click();
    const form = page.locator("form.correct");
    await form.getByRole("combobox", { name: "Step" }).selectOption(String(step));
    const start = form.getByRole("button", { name: `Replay from step ${step}` });
    await form.getByRole("textbox", { name: /^Replays a side/ }).fill("3");
    expect(await start.isDisabled()).toBe(true);
    await form.getByRole("textbox", { name: /^Replays a side/ }).fill("");
    await form.getByRole("textbox", { name: "What it says instead" }).fill(better);
    expect(await findingsOn(page)).toEqual([]);
    await start.click();
    const job = page.locator("[data-job]");
    await job.waitFor();
    await page.locator("[data-job=done][data-verdict=flipped]").waitFor({ timeout: 60_000 });
    await page.locator(".blame[data-status=verified]").waitFor({ timeout: 15_000 });
    const { jobs } = await client.call("listReplayJobs", { trace_id: traceId });
    expect(jobs).toMatchObject([{ step, correction: better, state: "done", verdict: { status: "flipped" } }]);
    await job.getByRole("link", { name: "Side by side with the original" }).click();
    await page.getByText("The outcome flipped.").first().waitFor();
    const served = page.locator(".sides[data-change=intervened] [data-side=replay]");
    expect(await served.textContent()).toContain(better.split("\n")[0]);
    await page.getByRole("button", { name: "Try a correction…" }).waitFor();
    await expectCalm();
  });

  it("says what to set, to the letter, where the collector cannot start the system again", async () => {
    const run = await tell(stage.url, parsing);
    await stage.analyzer.drain();
    watched = await openPage(browser, stage.url);
    const { page, expectCalm } = watched;
    await page.goto(`/runs/${run}`);
    await page.getByText("Try a correction from here").click();
    await page.getByText("replay_target:").waitFor();
    await page.getByText(`culprit replay ${run} --command`).waitFor();
    expect(await page.getByRole("button", { name: "Try a correction…" }).count()).toBe(0);
    await expectCalm();
  });
});
