import { type KeptSummary, OUTCOMES, parseConfig, RUN_STATUSES, type RunSummary, shareOf } from "@culprit/schemas";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, type Running, startCollector } from "./collector-harness.ts";
import { anAttribution, aRun, aSpan, project } from "./store-rows.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

const START = Date.parse("2026-11-01T00:00:00.000Z");
const HOUR = 3_600_000;
const FROM = new Date(START).toISOString();
const TO = new Date(START + 48 * HOUR).toISOString();
const WINDOW = { from: FROM, to: TO };
const AGENTS = ["Coder", "Planner", "it's"];

describe("an interval", () => {
  test("is Wilson's, holds the rate, and is nothing over nothing", () => {
    expect(shareOf(0, 0)).toEqual({ k: 0, n: 0, rate: null, low: null, high: null });
    // Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662.
    const { low, high } = shareOf(81, 263);
    expect([low?.toFixed(4), high?.toFixed(4)]).toEqual(["0.2553", "0.3662"]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (n, seed) => {
        const share = shareOf(seed % (n + 1), n);
        expect(share.low).toBeLessThanOrEqual(share.rate ?? -1);
        expect(share.high).toBeGreaterThanOrEqual(share.rate ?? 2);
      }),
    );
  });
});

describe("figures", () => {
  const owner = project();
  let runs: RunSummary[];
  let client: ReturnType<typeof clientOf>;
  beforeAll(async () => {
    client = clientOf(running, owner);
    runs = fc
      .sample(
        fc.record({
          outcome: fc.constantFrom(...OUTCOMES),
          status: fc.constantFrom(...RUN_STATUSES),
          agents: fc.uniqueArray(fc.constantFrom(...AGENTS), { minLength: 1 }),
          step: fc.nat(9),
          replay: fc.nat(6).map((n) => n === 0),
          hour: fc.integer({ min: -3, max: 50 }),
        }),
        { numRuns: 400, seed: 11 },
      )
      .map(({ outcome, status, agents, step, replay, hour }) => {
        const at = new Date(START + hour * HOUR + 60_000).toISOString();
        const blamed = outcome === "failure" && status !== "none";
        return aRun({
          project: owner,
          outcome,
          status: blamed ? status : "none",
          agents,
          steps: 10,
          blamed_agent: blamed ? (agents[step % agents.length] ?? null) : null,
          blamed_step: blamed ? step : null,
          confidence: blamed && status === "predicted" ? 0.5 : null,
          replay_of: replay ? "0af7651916cd43dd8448eb211c80319c" : "",
          started_at: at,
          ended_at: at,
        });
      });
    await running.store.saveRuns(
      runs.map((run) => ({ ...run, outcome: "unknown", status: "none", blamed_agent: null })),
    );
    await running.store.saveRuns(runs);
  });
  const counted = () => runs.filter((run) => run.replay_of === "" && run.started_at >= FROM && run.started_at < TO);
  const size = (holds: (run: RunSummary) => boolean) => counted().filter(holds).length;

  test("of runs are what counting them says", async () => {
    const figures = await client.call("runFigures", WINDOW);
    const failed = (status: RunSummary["status"]) => size((run) => run.outcome === "failure" && run.status === status);
    const [success, failure] = [size((run) => run.outcome === "success"), size((run) => run.outcome === "failure")];
    expect(figures).toEqual({
      runs: counted().length,
      success,
      failure,
      unknown: size((run) => run.outcome === "unknown"),
      success_rate: shareOf(success, success + failure),
      statuses: Object.fromEntries(RUN_STATUSES.map((status) => [status, failed(status)])),
      checked: shareOf(failed("verified") + failed("human") + failed("refuted"), failure - failed("none")),
      held: shareOf(failed("verified") + failed("human"), failed("verified") + failed("human") + failed("refuted")),
      input_tokens: 10 * counted().length,
      output_tokens: 20 * counted().length,
    });
    expect(figures.runs).toBeGreaterThan(200);
  });

  test("of agents are rates over the runs they act in, with what is proven and where in the run", async () => {
    const { agents } = await client.call("agentFigures", WINDOW);
    expect(agents.map(({ agent }) => agent).sort()).toEqual([...AGENTS].sort());
    for (const figure of agents) {
      const blamed = (run: RunSummary) => run.outcome === "failure" && run.blamed_agent === figure.agent;
      const acts = size((run) => run.outcome !== "unknown" && run.agents.includes(figure.agent));
      expect(figure.failure_rate).toEqual(shareOf(size(blamed), acts));
      expect(figure.verified).toBe(size((run) => blamed(run) && run.status === "verified"));
      expect(figure.human).toBe(size((run) => blamed(run) && run.status === "human"));
      expect(figure.positions).toEqual(
        figure.positions.map((_, tenth) => size((run) => blamed(run) && run.blamed_step === tenth)),
      );
    }
  });

  test.each([
    ["hour", HOUR],
    ["day", 24 * HOUR],
  ] as const)("of blame are by %s and agent", async (part, length) => {
    const { blame } = await client.call("blameFigures", { ...WINDOW, part });
    const expected = new Map<string, number>();
    for (const run of counted()) {
      if (run.outcome !== "failure" || run.blamed_agent === null) continue;
      const at = new Date(Math.floor(Date.parse(run.started_at) / length) * length).toISOString();
      const key = `${at} ${run.blamed_agent}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    expect(Object.fromEntries(blame.map((row) => [`${row.at} ${row.agent}`, row.failures]))).toEqual(
      Object.fromEntries(expected),
    );
    expect(blame.map(({ at }) => at)).toEqual(
      blame
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
  });
});

describe("figures of strategies", () => {
  test("say how often two blame alike, and how often each is right where the truth is known", async () => {
    const owner = project();
    const client = clientOf(running, owner);
    const run = (truth?: { agent: string; step: number }) =>
      aRun({
        project: owner,
        status: truth ? "verified" : "predicted",
        confidence: truth ? null : 0.5,
        blamed_agent: truth?.agent ?? "Coder",
        blamed_step: truth?.step ?? 2,
      });
    const [first, second, third] = [run({ agent: "Coder", step: 2 }), run({ agent: "Coder", step: 1 }), run()];
    await running.store.saveRuns([first, second, third]);
    const says = (of: RunSummary, strategy: string, agent: string | null, step: number | null, more: object = {}) =>
      anAttribution({ project: owner, trace_id: of.trace_id, strategy, agent, step, ...more });
    await running.store.saveAttributions([
      says(first, "ranker", "Coder", 2),
      says(first, "tracer", "Coder", 2),
      says(second, "ranker", "Coder", 2),
      says(second, "tracer", "Planner", 1),
      says(third, "ranker", "Coder", 1),
      // Neither an abstention nor an answer that another gave in its place is a blame of the tracer.
      says(third, "tracer", null, null, { status: "abstained" }),
      says(third, "all-at-once", "Coder", 1, {
        status: "degraded",
        cause: "tracer_unavailable",
        answered_by: "ranker",
      }),
    ]);
    expect(await client.call("strategyFigures", {})).toEqual({
      agreement: [{ left: "ranker", right: "tracer", agent: shareOf(1, 2), step: shareOf(1, 2) }],
      accuracy: [
        { strategy: "ranker", agent: shareOf(2, 2), step: shareOf(1, 2) },
        { strategy: "tracer", agent: shareOf(1, 2), step: shareOf(1, 2) },
      ],
    });
  });
});

describe("figures of a team", () => {
  test("say who acts after whom, how such runs end and where failures went, as counting says", async () => {
    const owner = project();
    const runs: KeptSummary[] = fc
      .sample(
        fc.record({
          outcome: fc.constantFrom(...OUTCOMES),
          agents: fc.uniqueArray(fc.constantFrom(...AGENTS, "__proto__"), { minLength: 1 }),
          carried: fc.nat(1),
          replay: fc.nat(6).map((n) => n === 0),
        }),
        { numRuns: 150, seed: 5 },
      )
      .map(({ outcome, agents, carried, replay }) =>
        aRun({
          project: owner,
          outcome,
          agents,
          status: outcome === "failure" ? "predicted" : "none",
          blamed_agent: outcome === "failure" ? (agents[0] ?? null) : null,
          replay_of: replay ? "0af7651916cd43dd8448eb211c80319c" : "",
          ...{
            handoffs: agents.slice(1).map((to, at) => ({ from: agents[at] as string, to, passes: at + 1, carried })),
          },
        }),
      );
    await running.store.saveRuns(runs);
    const { agents, handoffs } = await clientOf(running, owner).call("handoffFigures", {});
    const counted = runs.filter((run) => run.replay_of === "" && run.outcome !== "unknown");
    const failures = (of: KeptSummary[]) => of.filter(({ outcome }) => outcome === "failure");
    expect(agents.map(({ agent }) => agent).sort()).toEqual([...AGENTS, "__proto__"].sort());
    for (const { agent, failed, blamed, place } of agents) {
      const own = counted.filter((run) => run.agents.includes(agent));
      expect(failed).toEqual(shareOf(failures(own).length, own.length));
      expect(blamed).toBe(failures(own).filter(({ blamed_agent }) => blamed_agent === agent).length);
      expect(place).toBeCloseTo(own.reduce((sum, run) => sum + run.agents.indexOf(agent) + 1, 0) / own.length, 9);
    }
    expect(handoffs.length).toBeGreaterThan(6);
    for (const { from, to, passes, failed, carried } of handoffs) {
      const of = (run: KeptSummary) => run.handoffs?.find((pass) => pass.from === from && pass.to === to);
      const own = counted.filter((run) => of(run) !== undefined);
      expect(passes).toBe(own.reduce((sum, run) => sum + (of(run)?.passes ?? 0), 0));
      expect(failed).toEqual(shareOf(failures(own).length, own.length));
      expect(carried).toBe(failures(own).filter((run) => (of(run)?.carried ?? 0) > 0).length);
    }
  });
});

describe("calibration", () => {
  const owner = project();
  const CASES = fc.sample(
    fc.record({
      status: fc.constantFrom("verified", "human", "refuted", "predicted" as const),
      strategy: fc.constantFrom("ranker", "tracer"),
      // Ends of bins as well: 0, 0.3, 1.
      confidence: fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
      sameAgent: fc.boolean(),
      sameStep: fc.boolean(),
    }),
    { numRuns: 300, seed: 5 },
  );
  beforeAll(async () => {
    const runs = CASES.map(({ status }) =>
      aRun({ project: owner, status, confidence: null, blamed_agent: "Coder", blamed_step: 2 }),
    );
    await running.store.saveRuns(runs);
    await running.store.saveAttributions(
      CASES.map(({ strategy, confidence, sameAgent, sameStep }, index) =>
        anAttribution({
          project: owner,
          trace_id: runs[index]?.trace_id ?? "",
          strategy,
          confidence,
          agent: sameAgent ? "Coder" : "Planner",
          step: sameStep ? 2 : 1,
        }),
      ),
    );
  });

  test("is what counting says: right where the label agrees, wrong where it was refuted, silent where nobody knows", async () => {
    const { calibration } = await clientOf(running, owner).call("calibrationFigures", {});
    expect(calibration.map(({ strategy }) => strategy)).toEqual(["ranker", "tracer"]);
    for (const figure of calibration) {
      const known = CASES.filter(
        ({ strategy, status, sameAgent, sameStep }) =>
          strategy === figure.strategy &&
          (status === "verified" || status === "human" || (status === "refuted" && sameAgent && sameStep)),
      );
      expect(figure.runs).toBe(known.length);
      let distance = 0;
      for (const [index, bin] of figure.bins.entries()) {
        const inside = known.filter(({ confidence }) => Math.min(9, Math.floor(confidence * 10)) === index);
        const sum = inside.reduce((total, { confidence }) => total + confidence, 0);
        const agent = inside.filter((one) => one.status !== "refuted" && one.sameAgent);
        const step = agent.filter((one) => one.sameStep);
        expect(bin).toMatchObject({ from: index / 10, to: (index + 1) / 10 });
        expect([bin.agent, bin.step]).toEqual([
          shareOf(agent.length, inside.length),
          shareOf(step.length, inside.length),
        ]);
        expect(bin.mean_confidence).toEqual(inside.length === 0 ? null : expect.closeTo(sum / inside.length, 9));
        distance += Math.abs(sum - step.length);
      }
      expect(figure.expected_error).toBeCloseTo(distance / known.length, 9);
    }
  });

  test("of a project that knows no truth is empty", async () => {
    expect(await clientOf(running, project()).call("calibrationFigures", {})).toEqual({ calibration: [] });
  });
});

describe("figures of cost", () => {
  test("are by day and model, each call once, with money where a price is set", async () => {
    const prices = { "gpt-5": { input: 2, output: 10 }, tracer: { input: 1, output: 1 } };
    const own = await startCollector({ model_prices: prices });
    try {
      const run = aRun();
      await own.store.saveRuns([run]);
      const span = (operation: string, model: string) => {
        const base = aSpan({ trace_id: run.trace_id, start_time_unix_nano: "1795255200123456789" });
        return {
          ...base,
          reading: { ...base.reading, operation, model, input_tokens: 1_000_000, output_tokens: 100_000 },
        };
      };
      const call = span("chat", "gpt-5");
      // Sent twice; and an agent's span, which says again what its calls took.
      await own.store.insertSpans([call, span("chat", "local"), span("invoke_agent", "gpt-5")]);
      await own.store.insertSpans([call]);
      await own.store.saveAttributions([
        anAttribution({
          trace_id: run.trace_id,
          strategy: "tracer",
          model: "tracer",
          input_tokens: 500_000,
          output_tokens: 0,
          created_at: "2026-11-20T10:00:00.000Z",
        }),
      ]);
      const { costs } = await clientOf(own).call("costFigures", {});
      const tokens = { calls: 1, input_tokens: 1_000_000, output_tokens: 100_000 };
      expect(costs.map(({ day: _, ...rest }) => rest)).toEqual(
        expect.arrayContaining([
          { what: "runs", model: "gpt-5", ...tokens, cost: 3 },
          { what: "runs", model: "local", ...tokens, cost: null },
          { what: "attribution", model: "tracer", calls: 1, input_tokens: 500_000, output_tokens: 0, cost: 0.5 },
        ]),
      );
      expect(costs).toHaveLength(3);
      expect(costs.every((row) => row.day.endsWith("T00:00:00.000Z"))).toBe(true);
    } finally {
      await own.close();
    }
  });

  test("take prices that are prices", () => {
    expect(() => parseConfig({ model_prices: { m: { input: -1, output: 0 } } })).toThrow(/model_prices/);
    expect(parseConfig({}, { CULPRIT_MODEL_PRICES: '{"m":{"input":1,"output":2}}' }).model_prices).toEqual({
      m: { input: 1, output: 2 },
    });
  });
});
