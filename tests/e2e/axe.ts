import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";

/** Findings that keep somebody from using the page. */
const GRAVE = new Set<string | null>(["serious", "critical"]);

interface Finding {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Puts axe into every document of a context before the page's own scripts, so that the shipped policy stays as it is. */
export async function bringAxe(context: BrowserContext): Promise<void> {
  await context.addInitScript({ content: axe.source });
}

/** What axe holds against the document as it stands, serious and critical, one line a place. */
export async function findingsOn(page: Page): Promise<string[]> {
  const run = `axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)`;
  const violations = (await page.evaluate(run)) as Finding[];
  return violations
    .filter(({ impact }) => GRAVE.has(impact))
    .flatMap(({ id, impact, help, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${impact} ${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ""}`,
      ),
    );
}
