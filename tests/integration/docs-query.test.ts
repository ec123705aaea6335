import { parseConfig } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { blocks, runPage } from "../docs/run-page.ts";

describe("docs/api.md", () => {
  test("does what it says", async () => {
    const { code, written } = await runPage("api.md", "");
    expect(code, written).toBe(0);
    expect(written).toContain("fixed in 1.2");
    expect(written).toContain("Refund the order");
    expect(written).toContain("succeeded");
  }, 240_000);
});

describe("docs/alerts.md", () => {
  const settings = blocks("alerts.md", "yaml");

  test("its settings are settings", () => {
    expect(settings).toHaveLength(1);
    const { alert_rules } = parseConfig(parse(settings[0] ?? "") as Record<string, unknown>);
    expect(alert_rules.map(({ kind }) => kind)).toEqual(["failures", "new_group", "success_drop"]);
  });

  test("does what it says", async () => {
    const { code, written } = await runPage("alerts.md", settings[0] ?? "");
    expect(code, written).toBe(0);
    expect(written).toContain("coder-breaks-runs would have said nothing");
    expect(written).toContain("slack hooks.slack.com");
    expect(written).not.toContain("XXX");
  }, 240_000);
});
