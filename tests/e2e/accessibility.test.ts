import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bringAxe, findingsOn } from "./axe.ts";
import { launch, noBrowser, openPage, type WatchedPage } from "./browser.ts";
import { type Scene, setScene } from "./scene.ts";
import { type Stage, setStage } from "./stage.ts";

const SCHEMES: readonly ("light" | "dark")[] = ["light", "dark"];
const PHONE = { viewport: { width: 360, height: 740 } };
/** Views that have something to say about an empty store. */
const EMPTY = [
  "/",
  "/?state=resolved",
  "/agents",
  "/quality",
  "/datasets",
  "/datasets/none/1",
  "/alerts",
  "/settings",
  "/nowhere",
  `/runs/${"0".repeat(32)}`,
];

interface Place {
  name: string;
  path: (scene: Scene, group: string) => string;
  /** What is there once the view has drawn what it came for. */
  drawn: string;
  /** Opens what is folded. */
  before?: (page: Page) => Promise<void>;
}

const PLACES: readonly Place[] = [
  { name: "inbox", path: () => "/", drawn: ".group-row" },
  { name: "inbox, ruled out", path: () => "/?status=refuted", drawn: "[data-ungrouped]" },
  { name: "group", path: (_, group) => `/groups/${group}`, drawn: ".run-row" },
  {
    name: "run",
    path: ({ proven }) => `/runs/${proven}`,
    drawn: "li.step-environment",
    before: async (page) => {
      for (const summary of await page.locator("li.step summary").all()) await summary.click();
      await page.getByRole("button", { name: "It was another step…" }).click();
      const tool = page.locator("li.step-environment");
      await tool.getByRole("button", { name: "Load the rest of this step" }).click();
      await tool.getByRole("button", { name: /Show all/ }).click();
    },
  },
  { name: "replay", path: ({ proven }) => `/runs/${proven}/replay?id=flip`, drawn: ".sides[data-change=intervened]" },
  { name: "agents", path: () => "/agents", drawn: ".team" },
  { name: "datasets", path: () => "/datasets", drawn: "[data-dataset]" },
  { name: "dataset", path: () => "/datasets/team/2", drawn: "[data-balance]" },
  { name: "quality", path: () => "/quality", drawn: "[data-calibration]" },
  { name: "alerts", path: () => "/alerts", drawn: "#rules-title" },
  { name: "settings", path: () => "/settings", drawn: "#redaction-title" },
];

describe.skipIf(noBrowser !== undefined)("axe finds nothing serious, light or dark", () => {
  let stage: Stage;
  let empty: Stage;
  let browser: Browser;
  let scene: Scene;
  let group = "";
  let watched: WatchedPage;
  const visit = async (url: string, path: string, options?: Parameters<typeof openPage>[2]) => {
    // Without motion nothing is caught half faded in.
    watched = await openPage(browser, url, { reducedMotion: "reduce", ...options });
    await bringAxe(watched.page.context());
    await watched.page.goto(path);
    return watched;
  };
  const expectFit = async ({ page, expectCalm }: WatchedPage, schemes = SCHEMES) => {
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, ...(await findingsOn(page))]).toEqual([colorScheme]);
    }
    await expectCalm();
  };

  beforeAll(async () => {
    [stage, empty, browser] = await Promise.all([setStage(), setStage(), launch()]);
    scene = await setScene(stage);
    group = (await stage.client.call("listGroups")).groups[0]?.group_id ?? "";
  }, 120_000);
  afterEach(() => watched?.close());
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    await empty?.close();
  });

  it.each(PLACES)("$name", async ({ path, drawn, before }) => {
    const { page } = await visit(stage.url, path(scene, group));
    await page.locator(drawn).first().waitFor();
    await before?.(page);
    await expectFit(watched);
  });

  it.each(PLACES)("$name on a phone", async ({ path, drawn }) => {
    const { page } = await visit(stage.url, path(scene, group), PHONE);
    await page.locator(drawn).first().waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(PHONE.viewport.width);
    await expectFit(watched, ["light"]);
  });

  it.each(EMPTY)("nothing to show at %s", async (path) => {
    const { page } = await visit(empty.url, path);
    await page.locator(".notice, .command").first().waitFor();
    await expectFit(watched);
  });
});
