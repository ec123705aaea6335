import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { nodePeer, travel, versionOf } from "./node.ts";
import { journey, PRICE, refusing } from "./scripted-model.ts";
import { type ExpectedStep, judge, sketch, tableRow } from "./verdict.ts";

interface Framework {
  /** Of `tests/peers/js`. */
  peer: string;
  /** In `docs/instrument/`. */
  page: string;
  package: string;
  through: string;
  steps: readonly ExpectedStep[];
  note?: string;
}

const ASKS_PRICE = { name: "price_of", arguments: { city: "Oslo" } };
const ANSWER = `A journey to Oslo costs ${PRICE} euros.`;

/** The Planner hands the conversation over for good. */
function handover(tool: string, answered: readonly ExpectedStep[] = []): readonly ExpectedStep[] {
  return [
    { role: "agent", agent: "Planner", calls: [{ name: tool, arguments: {} }] },
    ...answered,
    { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
    { role: "environment", agent: "price_of", says: PRICE },
    { role: "agent", agent: "Pricer", says: ANSWER },
  ];
}

/** The Planner asks through a tool inside which the Pricer runs, and says what came back. */
const DELEGATION: readonly ExpectedStep[] = [
  { role: "agent", agent: "Planner", calls: [{ name: "ask_pricer", arguments: {} }] },
  { role: "agent", agent: "Pricer", calls: [ASKS_PRICE] },
  { role: "environment", agent: "price_of", says: PRICE },
  { role: "agent", agent: "Pricer", says: ANSWER },
  { role: "environment", agent: "ask_pricer", says: ANSWER },
  { role: "agent", agent: "Planner", says: `Asked around: ${PRICE} euros for Oslo.` },
];

const FRAMEWORKS: readonly Framework[] = [
  {
    peer: "openai-agents",
    page: "openai-agents.md",
    package: "@openai/agents",
    through: "`@culprit/instrumentation/openai-agents`",
    steps: handover("transfer_to_Pricer"),
  },
  {
    peer: "openai",
    page: "openai-js.md",
    package: "openai",
    through: "@opentelemetry/instrumentation-openai 0.21.0",
    steps: DELEGATION,
  },
  {
    peer: "vercel-ai",
    page: "vercel-ai.md",
    package: "ai",
    through: "its own telemetry",
    steps: DELEGATION,
  },
  {
    peer: "langgraph",
    page: "langgraph-js.md",
    package: "@langchain/langgraph",
    through: "OpenInference 4.1.1",
    steps: handover("transfer_to_pricer", [
      { role: "environment", agent: "transfer_to_pricer", says: "over to the Pricer" },
    ]),
  },
];

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

describe("the journey, with the set-up its page shows, on", () => {
  test.for(FRAMEWORKS)("$package through $through", { timeout: 480_000 }, async (framework, { skip }) => {
    const { peer, page, steps, through, note = "" } = framework;
    const home = await nodePeer(peer);
    if (home === undefined) return skip("no packages");
    const { trajectory, output } = await travel({ peer, page, home, running, script: journey });
    expect(output).toContain(PRICE);
    const broken = await travel({ peer, page, home, running, script: refusing });
    const verdict = judge(trajectory, broken.trajectory, steps);
    const name = `${framework.package} ${versionOf(home, framework.package)}`;
    const { committed, measured } = await tableRow({ name, through, note }, verdict);
    expect(committed, `${sketch(trajectory)}\n${sketch(broken.trajectory)}`).toBe(measured);
  });
});
