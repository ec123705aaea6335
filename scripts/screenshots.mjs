// Takes the pictures in docs/screenshots: every view of the page, light, dark and on a phone, of the scripted example
// team's runs and of nothing else. `node scripts/screenshots.mjs [URL]`: with a URL, of the quickstart that is kept there.
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGS, ensureChromium } from "./chromium.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "docs", "screenshots");
const LAPTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** The quickstart with its server left up. */
function keepQuickstart() {
  spawnSync(process.execPath, [join(root, "scripts", "setup.mjs")], { stdio: ["ignore", 2, 2] });
  return new Promise((resolve, reject) => {
    const main = join(root, "examples", "dist", "quickstart", "main.js");
    const target = join(root, "examples", "dist", "coding-team", "target.js");
    const env = { ...process.env, CULPRIT_REPLAY_TARGET: target };
    execFile(process.execPath, [main, "--keep"], { env, maxBuffer: 64 << 20 }, (error, stdout) => {
      if (error) return reject(error);
      const url = /on a temporary store: (\S+)/.exec(stdout)?.[1];
      const [, pid, directory] = /kill (\d+) && rm -r (\S+)/.exec(stdout) ?? [];
      const end = () => {
        process.kill(Number(pid), "SIGTERM");
        rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
      };
      resolve({ url, end });
    });
  });
}

async function api(url, path, body) {
  const init = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${url}/api/v1${path}`, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return await response.json();
}

/** Two versions of a dataset of the team's runs, as a person makes them. */
async function curate(url) {
  const directory = mkdtempSync(join(tmpdir(), "culprit-screenshots-"));
  try {
    for (const more of [["--blamed-agent", "Coder"], []]) {
      const about = "failures of the scripted coding team";
      const flags = ["--name", "coding-team", "--out", join(directory, "coding-team"), "--about", about, ...more];
      await promisify(execFile)(process.execPath, [join(root, "cli", "bin", "culprit.mjs"), "curate", ...flags], {
        env: { ...process.env, CULPRIT_URL: url },
      });
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One replay as the page asks for it, to its end. */
async function replay(url, { trace_id }, step, correction) {
  const { job } = await api(url, `/traces/${trace_id}/replays`, { step, correction });
  for (;;) {
    const now = (await api(url, `/replays/${job.job_id}`)).job;
    if (now.state !== "queued" && now.state !== "running") return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Each view by its name: where it is, and what shows that it has drawn. */
async function viewsOf(url) {
  const { traces } = await api(url, "/traces?outcome=failure&status=verified&limit=50");
  const details = await Promise.all(traces.map(({ trace_id }) => api(url, `/traces/${trace_id}`)));
  // The run that shows most: a blame that a replay proved, with steps after it.
  const [run, other] = details.sort((left, right) => right.steps.length - left.steps.length);
  const flip = flipOf(run);
  const tried = flipOf(other);
  const { groups } = await api(url, "/groups");
  if ((await api(url, "/datasets")).datasets.length === 0) await curate(url);
  if ((await api(url, `/replays?trace_id=${other.trace_id}`)).jobs.length === 0) {
    await replay(url, other, tried.intervention.step, tried.intervention.action);
  }
  return {
    inbox: ["/", ".group-row"],
    group: [`/groups/${groups[0].group_id}`, ".run-row"],
    run: [`/runs/${run.trace_id}`, "li.step[data-decisive]"],
    replay: [pathOf(run, flip), ".sides[data-change=intervened]"],
    try: [
      pathOf(other, tried),
      "[data-job]",
      (page) => page.getByRole("button", { name: "Try a correction…" }).click(),
    ],
    agents: ["/agents", ".team"],
    quality: ["/quality", "tr[data-strategy]"],
    datasets: ["/datasets", "[data-dataset]"],
    dataset: ["/datasets/coding-team/latest", "[data-balance]"],
    alerts: ["/alerts", "tr[data-rule]"],
    settings: ["/settings", "#redaction-title"],
  };
}

function flipOf({ replays }) {
  return replays.find(({ intervention, status }) => intervention.kind === "correction" && status === "success");
}

function pathOf({ trace_id }, { replay_id }) {
  return `/runs/${trace_id}/replay?id=${encodeURIComponent(replay_id)}`;
}

async function take(browser, url, views) {
  const sets = [
    ["light", { ...LAPTOP, colorScheme: "light" }],
    ["dark", { ...LAPTOP, colorScheme: "dark" }],
    ["phone", { ...PHONE, colorScheme: "light" }],
  ];
  for (const [suffix, options] of sets) {
    const context = await browser.newContext({ baseURL: url, reducedMotion: "reduce", ...options });
    for (const [name, [path, drawn, act]] of Object.entries(views)) {
      const page = await context.newPage();
      await page.goto(path);
      await page.locator(drawn).first().waitFor();
      await act?.(page);
      await page.waitForTimeout(600);
      await page.screenshot({ path: join(target, `${name}-${suffix}.png`) });
      if (process.env.FULL_PAGES) {
        await page.screenshot({ path: join(process.env.FULL_PAGES, `${name}-${suffix}.png`), fullPage: true });
      }
      await page.close();
    }
    await context.close();
  }
}

const found = await ensureChromium();
if (!("path" in found)) throw new Error(found.reason);
mkdirSync(target, { recursive: true });
const given = process.argv[2];
const kept = given ? { url: given, end: () => {} } : await keepQuickstart();
const browser = await chromium.launch({
  executablePath: found.path,
  args: CHROMIUM_ARGS,
  env: { ...process.env, ...found.env },
});
try {
  const views = await viewsOf(kept.url);
  await take(browser, kept.url, views);
  process.stdout.write(`${Object.keys(views).join(", ")}: light, dark and on a phone, in docs/screenshots.\n`);
} finally {
  await browser.close();
  kept.end();
}
