import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attempt, makeRepository, PROJECTS, type Project, startShellEndpoint } from "@culprit/examples";
import { startTracing } from "@culprit/instrumentation";
import { expect, it } from "vitest";
import { CULPRIT, culprit, culpritUp, temporaryDirectory } from "../integration/cli-process.ts";
import { openTerminal } from "../integration/terminal.ts";
import { pictureOf } from "../integration/terminal-picture.ts";
import { launch, noBrowser } from "./browser.ts";

/** Where `docs/explore.md` has its pictures: `CULPRIT_SCREENSHOTS=docs/screenshots npx vitest run tests/e2e/explore-screenshots`. */
const wanted = process.env["CULPRIT_SCREENSHOTS"];

it.skipIf(wanted === undefined || noBrowser !== undefined)(
  "the explorer's pictures are made from the scripted example",
  async () => {
    const into = wanted ?? "";
    const directory = temporaryDirectory();
    const project = PROJECTS.find(({ name }) => name === "slug-words") as Project;
    const repository = makeRepository(project, directory);
    const endpoint = await startShellEndpoint(() => ({ fault: "wrong-operator", slip: true }));
    const server = await culpritUp(["--data", join(directory, "store")]);
    const tracing = startTracing({ url: server.url, exitHooks: false });
    const browser = await launch();
    try {
      const { traceId } = await attempt({ project, repository, baseURL: endpoint.baseURL });
      await tracing.flush();
      const right =
        'sed -i \'s/const plain = title;/const plain = title.normalize("NFD").replace(\\/[\\\\u0300-\\\\u036f]\\/g, "");/\' src/slugify.js';
      for (let tries = 0; tries < 50; tries++) {
        const { stdout } = await culprit(["show", traceId, "--json", "--url", server.url]);
        const shown = JSON.parse(stdout || "{}") as {
          attributions?: unknown[];
          steps?: { content: string; index: number }[];
        };
        const step = shown.steps?.find(({ content }) => content.includes("NFC"))?.index;
        if (step === undefined || shown.attributions?.length === 0) continue;
        const replayed = await culprit([
          ...["replay", traceId, "--workspace", "--base", repository.base, "--check", repository.check],
          ...["--check-files", repository.checkFiles, "--upstream", endpoint.baseURL, "--url", server.url],
          ...["--step", String(step), "--correction", right],
        ]);
        expect(replayed.stdout).toContain("is decisive");
        break;
      }
      mkdirSync(into, { recursive: true });
      const page = await browser.newPage({ deviceScaleFactor: 1 });
      const terminal = openTerminal([process.execPath, CULPRIT, "explore", traceId, "--url", server.url], {
        columns: 132,
        rows: 38,
      });
      const take = async (name: string) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        const svg = pictureOf(terminal.cells());
        const [, width = "0", height = "0"] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
        await page.setViewportSize({ width: Number(width), height: Number(height) });
        await page.setContent(`<body style="margin:0;background:transparent">${svg}</body>`);
        await page.screenshot({ path: join(into, `explore-${name}.png`), omitBackground: true });
      };
      await terminal.shows("q leave");
      await take("steps");
      terminal.type("t");
      await terminal.shows(/^tree/m);
      await take("tree");
      terminal.type("b");
      await terminal.shows(/^blame/m);
      await take("blame");
      terminal.type("c\r");
      await terminal.shows(/^compare/m);
      terminal.type("n");
      await take("compare");
      terminal.type("q");
      await terminal.ended;
      expect(readFileSync(join(into, "explore-steps.png")).length).toBeGreaterThan(20_000);
    } finally {
      await browser.close();
      await tracing.shutdown();
      server.child.kill("SIGKILL");
      await server.ended;
      await endpoint.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  400_000,
);
