import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  gatewayDriver,
  type IsolationName,
  type Oracle,
  openWorkspace,
  replayRun,
  searchDecisive,
  shellCorrections,
  withInputs,
  workspaceDriver,
} from "@culprit/analyzers";
import {
  attempt,
  type FaultKind,
  makeRepository,
  PROJECTS,
  type Project,
  type Repository,
  seededSteps,
  shellOracle,
  startShellEndpoint,
} from "@culprit/examples";
import { collectorExporter } from "@culprit/instrumentation/gateway";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../bench/replay/recording.ts";

const folder = mkdtempSync(join(tmpdir(), "culprit-resume-"));
const project = PROJECTS.find(({ name }) => name === "slug-words") as Project;
const repository: Repository = makeRepository(project, folder);
let recording: Recording;
let isolation: IsolationName | undefined;

beforeAll(async () => {
  recording = await startRecording();
  // The commands are the example's own: where nothing confines them they may run all the same.
  isolation = await openWorkspace({ base: folder }).then(
    async (workspace) => {
      await workspace.close();
      return undefined;
    },
    () => "none" as const,
  );
});
afterAll(async () => {
  for (const endpoint of endpoints) await endpoint.close();
  await recording.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Failed {
  trajectory: Trajectory;
  upstream: string;
  step: number;
}

const made = new Map<FaultKind, Failed>();
const endpoints: { close(): Promise<void> }[] = [];

/** One attempt with a mistake in it, and the endpoint that made it; each is made once. */
async function failing(kind: FaultKind, slip = false): Promise<Failed> {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const story = { fault: kind, slip };
  const endpoint = await startShellEndpoint(() => story);
  endpoints.push(endpoint);
  const { traceId, success } = await attempt({ project, repository, baseURL: endpoint.baseURL, isolation });
  expect(success).toBe(false);
  const trajectory = await recording.trajectory(traceId);
  const [step = -1] = seededSteps(story, project, trajectory).incorrect;
  const failed = { trajectory, upstream: endpoint.baseURL, step };
  made.set(kind, failed);
  return failed;
}

function driverOf({ trajectory, upstream }: Failed, base = repository.base, check = repository.check) {
  return gatewayDriver({
    upstream,
    exporter: () => collectorExporter({ url: recording.url }),
    start: workspaceDriver({ trajectory, base, isolation, check: { command: check, files: repository.checkFiles } }),
  });
}

const corrected = (failed: Failed, command: string, driver = driverOf(failed)) => {
  const { trajectory, step } = failed;
  const agent = trajectory.steps[step]?.agent ?? "";
  const tool_calls = [{ id: "corrected", name: "bash", arguments: { command } }];
  return replayRun({
    trajectory,
    intervention: { kind: "correction", step, agent, action: "", tool_calls, oracle: "person" },
    driver,
    timeoutMs: 120_000,
  });
};

describe("a run resumed in its workspace", () => {
  it("succeeds when the wrong edit is corrected, and the step is proven to be the earliest", async () => {
    const failed = await failing("wrong-operator", true);
    const { trajectory, step } = failed;
    const { verdict, annotation, replays } = await searchDecisive({
      trajectory,
      driver: driverOf(failed),
      oracle: shellOracle(project),
      timeoutMs: 120_000,
    });
    expect(verdict).toMatchObject({ status: "flipped", decisive: { step, earliest: "proven" } });
    expect(annotation).toMatchObject({ evidence: "counterfactual", step, placebo_successes: 0 });
    const flip = replays.find(({ status }) => status === "success");
    expect(flip?.reason).toContain("The check ended with 0.");
    const made = await recording.trajectory(flip?.replay_trace_id ?? "");
    expect(made).toMatchObject({ replay_of: trajectory.trace_id, outcome: { outcome: "success" } });
    expect(made.steps.at(-1)?.content).toContain("COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT");
  });

  it("does not succeed by a correction that mends nothing, whatever the agent says of itself", async () => {
    const failed = await failing("stops-early");
    const { replay } = await corrected(failed, "echo mended >> README.md");
    expect(replay).toMatchObject({ status: "failure" });
    expect(replay.reason).toContain("The check ended with 1.");
    expect(replay.replay_trace_id).not.toBe("");
  });

  it("does not succeed by changing the tests: the check brings its own", async () => {
    const failed = await failing("stops-early");
    const command =
      "mkdir -p check && echo 'process.exit(0)' > check/slugify.test.js && echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";
    expect((await corrected(failed, command)).replay.status).toBe("failure");
  });

  it("repeats itself to the letter with the original action", async () => {
    const failed = await failing("wrong-operator");
    const { trajectory, step } = failed;
    const agent = trajectory.steps[step]?.agent ?? "";
    const { replay, reproduced } = await replayRun({
      trajectory,
      intervention: { kind: "placebo", step, agent, action: "", oracle: "record" },
      driver: driverOf(failed),
    });
    expect([replay.status, reproduced]).toEqual(["failure", true]);
  });

  it("is invalid when the base is not what it was, and says what no longer repeats", async () => {
    const drifted = join(folder, "drifted");
    execFileSync("cp", ["-r", repository.base, drifted]);
    writeFileSync(join(drifted, "CHANGES.md"), "# Changes\n");
    const git = ["-C", drifted, "-c", "user.name=T", "-c", "user.email=t@example.invalid"];
    execFileSync("git", [...git, "add", "."]);
    execFileSync("git", [...git, "commit", "--quiet", "-m", "Another one"]);
    const failed = await failing("stops-early");
    const { replay } = await corrected(failed, "true", driverOf(failed, drifted));
    expect(replay.status).toBe("invalid");
    expect(replay.reason).toMatch(
      /^The command of step 0 \(.*\) no longer does what was recorded: line \d+ of its output/,
    );
  });

  it("is unknown when the check can't be run", async () => {
    const failed = await failing("stops-early");
    const { replay } = await corrected(failed, "true", driverOf(failed, repository.base, "no-such-program --test"));
    expect(replay).toMatchObject({ status: "unknown" });
    expect(replay.reason).toContain("127");
  });

  it("works for an imported run, of which only what was said and seen is known", async () => {
    const failed = await failing("undoes-the-fix");
    const steps = failed.trajectory.steps.map((step) => ({ ...step, input: [] }));
    const trajectory = withInputs({ ...failed.trajectory, steps });
    const oracle: Oracle = shellCorrections(({ step }) => (step.index === failed.step ? "git diff --stat" : null));
    const imported = { ...failed, trajectory };
    const { verdict } = await searchDecisive({ trajectory, driver: driverOf(imported), oracle, timeoutMs: 120_000 });
    expect(verdict).toMatchObject({ status: "flipped", decisive: { step: failed.step } });
  });
});
