import {
  CRITIC_MODELS,
  type CriticTool,
  critic,
  criticMinds,
  draw,
  HABITS,
  type Habits,
  isNamed,
  type MindedEndpoint,
  runTeam,
  seededTruth,
  selfRefine,
  startMinds,
  TASKS,
  taskById,
  teamMinds,
  testReport,
  transcriptOf,
} from "@culprit/examples";
import { afterEach, describe, expect, it } from "vitest";

const SEED = 1;
let endpoint: MindedEndpoint | undefined;
afterEach(() => endpoint?.close());

/** Certain habits, so that one attempt shows the rule. */
const CERTAIN: Habits = { errs: 1, mends: 1, mendsShown: 1, spoils: 1 };

async function attempt(taskId: string, feedback: string, habits: Habits = CERTAIN, sampling = 0): Promise<boolean> {
  endpoint = await startMinds(teamMinds(SEED, habits));
  const { outcome } = await runTeam({
    task: taskById(taskId) ?? (TASKS[0] as (typeof TASKS)[number]),
    baseURL: endpoint.baseURL,
    sampling,
    ...(feedback === "" ? {} : { feedback }),
  });
  await endpoint.close();
  return outcome.success === true;
}

const failing = TASKS.filter((task) => seededTruth(task, SEED).outcome === "failure");
const blamedOn = (agent: string) => failing.find((task) => seededTruth(task, SEED).decisive?.agent === agent)?.id ?? "";
const flawless = TASKS.find((task) => seededTruth(task, SEED).storyline === "no mistake")?.id ?? "";

describe("agents that are told what went wrong", () => {
  it.each(["Planner", "Coder", "Tester"])("do better when the %s that erred is named", async (agent) => {
    expect(await attempt(blamedOn(agent), "")).toBe(false);
    expect(await attempt(blamedOn(agent), `Blamed: ${agent}\nReason:\nthink again`)).toBe(true);
  });

  it.each(["Planner", "Coder", "Tester"])("do worse when the %s is named and was right", async (agent) => {
    expect(await attempt(flawless, "")).toBe(true);
    expect(await attempt(flawless, `Blamed: ${agent}\nReason:\nthink again`)).toBe(false);
  });

  it("do as before when another is named, or nobody", async () => {
    const quiet = { ...CERTAIN, spoils: 0 };
    expect(await attempt(blamedOn("Planner"), "Blamed: Coder", quiet)).toBe(false);
    expect(await attempt(blamedOn("Coder"), "The tools show no error in this attempt.", quiet)).toBe(false);
  });

  it("do not always heed it, and retries alone sometimes help", async () => {
    expect(await attempt(blamedOn("Coder"), "Blamed: Coder", { ...CERTAIN, mends: 0, mendsShown: 0 })).toBe(false);
    expect(await attempt(blamedOn("Coder"), "", { ...CERTAIN, errs: 0 })).toBe(true);
  });

  it("are named by the line that blames, else by every mention", () => {
    expect(isNamed("coder", "Blamed: Coder\nReason:\nthe Tester agreed")).toBe(true);
    expect(isNamed("tester", "    Blamed: Coder\nReason:\nthe Tester agreed")).toBe(false);
    expect(isNamed("tester", "The Tester and the Coder should talk.")).toBe(true);
    expect(isNamed("planner", "The Tester and the Coder should talk.")).toBe(false);
  });

  it("have luck that is even, and the same every time", () => {
    const draws = Array.from({ length: 4000 }, (_, n) => draw("errs", n));
    const share = draws.filter((one) => one < HABITS.errs).length / draws.length;
    expect(Math.abs(share - HABITS.errs)).toBeLessThan(0.02);
    expect(draw("errs", 7)).toBe(draws[7]);
  });
});

describe("critics", () => {
  const sumEven = taskById("coding-team/sumEven");
  const right = [
    "Start `total` at 0",
    "Go through `numbers`, calling each one `number`",
    "If `number` is even, add `number` to `total`",
    "Return `total`",
  ];
  const code = (condition: string) =>
    `function sumEven(numbers) {\n  let total = 0;\n  for (const number of numbers) {\n    if (${condition}) total += number;\n  }\n  return total;\n}`;
  const attempted = (condition: string) => ({
    task: `Write a JavaScript function \`sumEven(numbers)\`.`,
    transcript: transcriptOf([
      { index: 0, agent: "Planner", content: right.map((line, n) => `${n + 1}. ${line}.`).join("\n"), tool_calls: [] },
      { index: 1, agent: "Coder", content: `\`\`\`js\n${code(condition)}\n\`\`\``, tool_calls: [] },
    ]),
    output: `\`\`\`js\n${code(condition)}\n\`\`\``,
  });
  const runTests: CriticTool = {
    definition: { type: "function", function: { name: "run_tests", parameters: { type: "object" } } },
    call: async ({ code: given }) => (sumEven ? await testReport(String(given), sumEven) : ""),
  };
  const start = async (options: { blindness: number; pressed?: boolean }) => {
    endpoint = await startMinds(criticMinds({ seed: SEED, ...options }));
    return endpoint.baseURL;
  };

  it("that verify with tools rest on what the tools showed", async () => {
    const baseURL = await start({ blindness: 1 });
    const blame = await critic({ baseURL, model: CRITIC_MODELS.critic }, [runTests])(attempted("number % 2 !== 0"));
    expect(blame).toMatchObject({ agent: null, step: null });
    expect(blame?.reason).toContain("FAIL sumEven([1,2,3,4]) should return 6: it returned 4");
    expect(blame?.reason).toMatch(/The Coder's code/);
    expect(endpoint?.decisions).toHaveLength(2);
  });

  it("find nothing where the tools show nothing, and name somebody only when pressed", async () => {
    const quiet = attempted("number % 2 === 0");
    const calm = critic({ baseURL: await start({ blindness: 1 }), model: CRITIC_MODELS.critic }, [runTests]);
    expect((await calm(quiet))?.reason).toMatch(/The tools show no error/);
    await endpoint?.close();
    const pressed = critic({ baseURL: await start({ blindness: 0, pressed: true }), model: CRITIC_MODELS.critic }, [
      runTests,
    ]);
    expect((await pressed(quiet))?.reason).toMatch(/the Coder should look/);
  });

  it("that only read their own work again see what they do not believe themselves", async () => {
    const knowing = selfRefine({ baseURL: await start({ blindness: 0 }), model: CRITIC_MODELS.selfRefine });
    expect((await knowing(attempted("number % 2 !== 0")))?.reason).toMatch(
      /The Coder's code does not do what the task says/,
    );
    expect((await knowing(attempted("number % 2 === 0")))?.reason).toMatch(/every line follows/);
  });
});
