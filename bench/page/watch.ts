import type { Browser, Page } from "playwright-core";

/** Times of one visit, in milliseconds since the address was asked for. */
export interface Visit {
  /** When each thing was first on the page. */
  seen: Record<string, number>;
  /** Longest tasks while the view came, and while it was scrolled. */
  longestLoading: number;
  longestScrolling: number;
}

const SCROLLS = 60;
const SCROLL_BY = 900;
/** About as quick as somebody turns a wheel. */
const SCROLL_EVERY_MS = 40;
const SETTLE_MS = 1_500;
const PATIENCE_MS = 60_000;

/** Notes when selectors first match, and every task of more than 50 ms: what the browser itself calls long. */
const WATCHER = `(wanted) => {
  const notes = { seen: {}, tasks: [] };
  window.pageNotes = notes;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) notes.tasks.push({ at: entry.startTime, ms: entry.duration });
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    for (const [name, selector] of Object.entries(wanted)) {
      if (notes.seen[name] === undefined && document.querySelector(selector)) notes.seen[name] = performance.now();
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}`;

/**
 * Opens a view in a tab of its own, waits for all that is wanted, and scrolls through it.
 *
 * @param wanted names and CSS selectors; the last one says that the view is there
 */
export async function visit(browser: Browser, url: string, wanted: Record<string, string>): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript({ content: `(${WATCHER})(${JSON.stringify(wanted)})` });
    await page.goto(url);
    const last = Object.values(wanted).at(-1) ?? "body";
    await page.locator(last).first().waitFor({ timeout: PATIENCE_MS });
    await page.waitForTimeout(SETTLE_MS);
    const loaded = await page.evaluate<number>("performance.now()");
    await page.mouse.move(800, 500);
    for (let turn = 0; turn < SCROLLS; turn++) {
      await page.mouse.wheel(0, SCROLL_BY);
      await page.waitForTimeout(SCROLL_EVERY_MS);
    }
    await page.waitForTimeout(200);
    return await notesOf(page, loaded);
  } finally {
    await context.close();
  }
}

async function notesOf(page: Page, loaded: number): Promise<Visit> {
  const { seen, tasks } = await page.evaluate<{ seen: Visit["seen"]; tasks: { at: number; ms: number }[] }>(
    "window.pageNotes",
  );
  const longest = (of: (task: { at: number }) => boolean) =>
    tasks.filter(of).reduce((most, { ms }) => Math.max(most, ms), 0);
  return {
    seen,
    longestLoading: longest(({ at }) => at < loaded),
    longestScrolling: longest(({ at }) => at >= loaded),
  };
}
