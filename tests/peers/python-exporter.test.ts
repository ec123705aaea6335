import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildTrajectory } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { pythonFor } from "./python.ts";
import { requirementsOf } from "./python-play.ts";

const SCRIPT = join(import.meta.dirname, "python", "exporter", "otlp_exporter.py");

const run = promisify(execFile);
let running: Running;
let python: string | undefined;
beforeAll(async () => {
  running = await startCollector();
  python = await pythonFor("exporter", requirementsOf("exporter"));
}, 480_000);
afterAll(() => running.close());

describe("the OTLP exporters of the OpenTelemetry SDK for Python", () => {
  test.for(["none", "gzip", "deflate"])(
    "spans, log records and metrics, compression %s",
    async (compression, { skip }) => {
      if (python === undefined) return skip("no Python environment");
      const points = running.collector.metrics.metricPointsDiscarded.value();
      const { stdout, stderr } = await run(python, [SCRIPT, running.url, compression], { timeout: 60_000 });
      expect(stderr).toBe("");
      const { trace_id, flushed } = JSON.parse(stdout) as { trace_id: string; flushed: boolean[] };
      expect(flushed).toEqual([true, true, true]);
      const spans = await running.store.readSpans("default", trace_id);
      expect(spans.map(({ name }) => name)).toEqual(["invoke_workflow sort", "invoke_agent Planner", "chat m"]);
      const chat = spans[2];
      expect(chat).toMatchObject({
        kind: "client",
        parent_span_id: spans[1]?.span_id,
        resource_attributes: { "service.name": "python-agents" },
        attributes: { "gen_ai.usage.input_tokens": 2 ** 40 },
      });
      expect(chat?.reading).toMatchObject({
        input: [{ role: "user", parts: [{ type: "text", content: "Sort a list" }] }],
        output: [{ role: "assistant", parts: [{ type: "text", content: "sorted()" }] }],
      });
      const { steps, task } = buildTrajectory(spans, undefined);
      expect(task).toBe("Sort a list");
      expect(steps.some(({ agent, content }) => agent === "Planner" && content.includes("sorted()"))).toBe(true);
      expect(running.collector.metrics.metricPointsDiscarded.value()).toBeGreaterThan(points);
    },
  );
});
