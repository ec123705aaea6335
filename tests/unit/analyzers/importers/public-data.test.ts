import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { importAll, importedTrajectory } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { tarOf, zipOf } from "./archive-files.ts";

const data = join(import.meta.dirname, "../../../../../shared/data");
const here = existsSync(join(data, "who-and-when"));
if (!here) console.error("skipped: ../shared/data/who-and-when is not here");

describe.skipIf(!here)("the public failure logs", () => {
  it("become one run a file, each step at its history index", async () => {
    const { runs, skipped } = await importAll([join(data, "who-and-when"), join(data, "promas")]);
    expect(skipped).toEqual([]);
    const count = (format: string, subset: string) =>
      runs.filter((run) => run.format === format && run.subset === subset).length;
    expect([count("who-and-when", "algorithm-generated"), count("who-and-when", "hand-crafted")]).toEqual([92, 45]);
    expect(count("promas", "")).toBeGreaterThanOrEqual(80);
    for (const run of runs) {
      const { steps, outcome, complete } = importedTrajectory(run);
      expect(steps.map((step) => step.index)).toEqual(steps.map((_, index) => index));
      expect(steps).toHaveLength(run.spans.length - 1);
      expect([outcome.outcome, outcome.by, complete]).toEqual(["failure", "reported", true]);
      expect(run.annotations).toHaveLength(1);
    }
  });

  it("have labels whose agent took the step, but for the few the set is known to get wrong", async () => {
    const { runs } = await importAll(join(data, "who-and-when"));
    expect(runs.filter((run) => run.warnings.length > 0).length).toBeLessThanOrEqual(6);
  });

  it("include AgentRx dialogues and MAS-SIM runs, their labels from files beside them", async () => {
    const { runs, skipped } = await importAll([join(data, "agentrx"), join(data, "mas-sim-otel")]);
    expect([...new Set(skipped.map(({ code }) => code))].sort()).toEqual(["duplicate", "labels"]);
    const labelled = (format: string) => runs.filter((run) => run.format === format && run.annotations.length === 1);
    // 100 dialogues, and two failed ones that are not among them.
    expect(runs.filter((run) => run.format === "agentrx")).toHaveLength(102);
    expect(labelled("agentrx")).toHaveLength(29);
    expect(labelled("mas-sim")).toHaveLength(15);
    const unlike = labelled("agentrx").flatMap((run) => run.warnings);
    expect(unlike.length).toBeLessThanOrEqual(1);
    expect(labelled("mas-sim").flatMap((run) => run.warnings)).toEqual([]);
    expect(JSON.stringify(labelled("mas-sim").map((run) => run.spans))).not.toContain("fault");
  });
});

const agents = join(data, "code-agents");
const agentsHere = existsSync(agents);
if (!agentsHere) console.error("skipped: ../shared/data/code-agents is not here");

function filesOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesOf(path) : [path];
  });
}

describe.skipIf(!agentsHere)("the public runs of code agents", () => {
  it("are all found, each with its agent, and hardly a byte of text stays unread", async () => {
    const { runs, skipped } = await importAll(agents, { everything: true });
    const of = (format: string) => runs.filter((run) => run.format === format);
    expect(
      Object.fromEntries(
        [...new Set(runs.map(({ format }) => format))].sort().map((format) => [format, of(format).length]),
      ),
    ).toEqual({
      atif: 8,
      "claude-code-trial": 6,
      "mini-swe-agent": 2,
      openhands: 1,
      "swe-agent": 13,
    });
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(["beside", "no_trajectory", "unknown_format"]));
    for (const run of runs) {
      expect(run.agents.length, run.path).toBeGreaterThan(0);
      // A terminal's last screen holds a proxy's chatter and what the screen cut; all else is read.
      expect(run.unparsed_bytes / run.bytes, run.path).toBeLessThan(run.format === "claude-code-trial" ? 0.15 : 0.01);
    }
    expect(of("atif").map(({ outcome }) => outcome)).toEqual(Array(8).fill("failure"));
    expect(
      of("claude-code-trial")
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual([...Array(4).fill("failure"), "success", "unknown"]);
  });

  it("pair every call of a tool with its answer, by id, in order", async () => {
    const { runs } = await importAll(agents, { everything: true });
    for (const run of runs.filter(({ format }) => format !== "claude-code-trial")) {
      const { steps } = importedTrajectory(run);
      const asked = new Set<string>();
      for (const step of steps) {
        for (const call of step.tool_calls) asked.add(call.id);
        if (step.call_id !== undefined) expect(asked, `${run.path} step ${step.index}`).toContain(step.call_id);
      }
      expect(asked.size, run.path).toBeGreaterThan(0);
    }
  });

  it("are the same runs in a zip, a tar and a tar.gz", async () => {
    const entries = filesOf(agents).map((path) => ({ name: relative(agents, path), content: readFileSync(path) }));
    const folder = mkdtempSync(join(tmpdir(), "culprit-code-agents-"));
    try {
      const tar = tarOf(entries);
      writeFileSync(join(folder, "all.zip"), zipOf(entries));
      writeFileSync(join(folder, "all.tar"), tar);
      writeFileSync(join(folder, "all.tar.gz"), gzipSync(tar));
      const ids = async (path: string) => (await importAll(path)).runs.map(({ trace_id }) => trace_id).sort();
      const plain = await ids(agents);
      for (const name of ["all.zip", "all.tar", "all.tar.gz"])
        expect(await ids(join(folder, name)), name).toEqual(plain);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
