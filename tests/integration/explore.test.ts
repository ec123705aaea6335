import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CULPRIT, culprit, culpritUp, temporaryDirectory, type UpProcess } from "./cli-process.ts";
import { exportSpans, failedRun } from "./cli-run.ts";
import { openTerminal } from "./terminal.ts";

const directory = temporaryDirectory();
const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\u001b[?1049lforged\u202e\u009b5n";
const trajectory = join(directory, "wide", "mini.traj.json");
let server: UpProcess;
const [one, other] = [failedRun("explored"), failedRun("compared")];

beforeAll(async () => {
  mkdirSync(join(directory, "wide"));
  const tells = (content: string) => ({ role: "user", content });
  const does = (thought: string, command: string) => ({
    role: "assistant",
    content: `THOUGHT: ${thought}\n\n\`\`\`bash\n${command}\n\`\`\``,
  });
  writeFileSync(
    trajectory,
    JSON.stringify({
      info: { exit_status: "Submitted", submission: "" },
      messages: [
        { role: "system", content: "You are a helpful assistant." },
        tells(`Mend 日本語.txt ${HOSTILE}`),
        does("Look 日本語", "cat 日本語.txt"),
        tells(`<returncode>0</returncode>\n<output>\n${"日本語".repeat(40)}\n${HOSTILE}\n</output>`),
        does("Change it", "sed -i 's/a/b/' 日本語.txt"),
        tells("<returncode>0</returncode>\n<output>\n</output>"),
      ],
      trajectory_format: "mini-swe-agent-1",
    }),
  );
  server = await culpritUp(["--data", join(directory, "store")]);
  for (const { body } of [one, other]) expect((await exportSpans(server.url, body)).status).toBe(200);
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  rmSync(directory, { recursive: true, force: true });
});

const explore = (run: string, size: { columns?: number; rows?: number } = {}, more: string[] = []) =>
  openTerminal([process.execPath, CULPRIT, "explore", run, "--url", server.url, ...more], size);

describe("culprit explore on a terminal", () => {
  it("shows steps and a page, moves, searches, and leaves the terminal as it was", async () => {
    const terminal = explore(one.traceId);
    await terminal.shows("q leave");
    expect(terminal.alternate()).toBe(true);
    expect(terminal.lines()[0]).toContain("failure  Add 2 and 2 (explored)");
    terminal.type("g");
    await terminal.shows(/│ step 0 {2}Planner/);
    terminal.type("j");
    await terminal.shows(/│ step 1 {2}Adder/);
    terminal.type("/the answer\r");
    await terminal.shows("1 of 1 steps hold “the answer”");
    await terminal.shows(/│ step 2 {2}Planner/);
    terminal.type("?");
    await terminal.shows("look for a text");
    terminal.type("?q");
    expect(await terminal.ended).toBe(0);
    expect(terminal.alternate()).toBe(false);
    expect(terminal.sent().endsWith("\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l")).toBe(true);
  });

  it("compares with another run, and says where they differ", async () => {
    const terminal = explore(one.traceId, {}, ["--against", other.traceId]);
    await terminal.shows("q leave");
    terminal.type("c");
    await terminal.shows(`against ${other.traceId.slice(0, 12)} (failure)`);
    await terminal.shows("the other (failure)");
    terminal.type("n");
    await terminal.shows("No further difference this way.");
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
  });

  it("fits whatever size the terminal takes while it runs", async () => {
    const terminal = explore(one.traceId, { columns: 120, rows: 30 });
    await terminal.shows("│");
    terminal.resize(50, 12);
    await terminal.shows(/^(?!.*│)/s);
    expect(terminal.lines().filter((line) => line !== "").length).toBeLessThanOrEqual(12);
    terminal.type("\t");
    await terminal.shows(/^ step \d/m);
    terminal.resize(110, 20);
    await terminal.shows("│");
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
  });

  it("keeps wide characters in their cells, and is not driven by what a run says", async () => {
    const terminal = explore(trajectory, { columns: 90, rows: 24 });
    await terminal.shows("日本語");
    terminal.type("gf\t");
    await terminal.shows(/│ step 0/);
    for (const line of terminal.cells()) {
      const rule = line.findIndex(({ text }) => text === "│");
      if (rule !== -1) expect(rule).toBe(39);
    }
    expect(terminal.alternate()).toBe(true);
    expect(terminal.lines()[0]).toContain("Mend 日本語.txt");
    terminal.type("q");
    expect(await terminal.ended).toBe(0);
    const sent = terminal.sent();
    for (const forbidden of ["\u0007", "\u009b", "\u202e", "\u001b]0", "\u001b[?1049lforged"]) {
      expect(sent).not.toContain(forbidden);
    }
  });

  it("gives the terminal back when it is ended from outside", async () => {
    const terminal = explore(one.traceId);
    await terminal.shows("q leave");
    terminal.signal("TERM");
    expect(await terminal.ended).toBe(0);
    expect(terminal.alternate()).toBe(false);
  });
});

describe("culprit explore without a terminal", () => {
  it("says what prints the same", async () => {
    const { code, stdout, stderr } = await culprit(["explore", one.traceId, "--url", server.url]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/needs a terminal\. `culprit show RUN` and `culprit inspect RUN STEP` print the same\./);
  });

  it("prints one document with --json", async () => {
    const { code, stdout } = await culprit(["explore", one.traceId, "--json", "--url", server.url]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      trace_id: one.traceId,
      outcome: "failure",
      steps: [{ step: 0 }, {}, {}],
    });
  });
});

describe("culprit inspect", () => {
  it("prints everything about a range of steps", async () => {
    const { code, stdout } = await culprit(["inspect", one.traceId, "0-1", "--url", server.url]);
    expect(code).toBe(0);
    expect(stdout).toContain("step 0  Planner");
    expect(stdout).toContain("2 + 2 = 5.");
    const json = await culprit(["inspect", trajectory, "0", "--json", "--url", server.url]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      steps: [{ step: 0, effects: { class: "explore" }, got: [{ step: 1 }] }],
    });
  });

  it.each([
    ["9", 1, /The run has steps 0 to 2\./],
    ["3-1", 2, /Write a step, or a range such as 4-9\./],
    ["x", 2, /Write a step/],
  ])("refuses the steps %s", async (steps, exit, message) => {
    const { code, stderr } = await culprit(["inspect", one.traceId, steps, "--url", server.url]);
    expect([code, stderr]).toEqual([exit, expect.stringMatching(message)]);
  });
});
