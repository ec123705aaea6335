import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { nodePeer, travel, versionOf } from "./node.ts";
import { journey, PRICE, refusing } from "./scripted-model.ts";
import { type ExpectedStep, judge, sketch, tableRow } from "./verdict.ts";

const EXPECTED: ExpectedStep[] = [
  { role: "agent", agent: "Planner", calls: [{ name: "transfer_to_Pricer", arguments: {} }] },
  { role: "agent", agent: "Pricer", calls: [{ name: "price_of", arguments: { city: "Oslo" } }] },
  { role: "environment", agent: "price_of", says: PRICE },
  { role: "agent", agent: "Pricer", says: `A journey to Oslo costs ${PRICE} euros.` },
];

let running: Running;
let home: string | undefined;
beforeAll(async () => {
  running = await startCollector();
  home = await nodePeer("openai-agents");
}, 480_000);
afterAll(() => running.close());

test("the OpenAI Agents SDK, with a handoff", async ({ skip }) => {
  if (home === undefined) return skip("no packages");
  const shared = { peer: "openai-agents", page: "openai-agents.md", home, running };
  const { trajectory, output } = await travel({ ...shared, script: journey });
  expect(output).toContain(PRICE);
  const broken = await travel({ ...shared, script: refusing });
  const verdict = judge(trajectory, broken.trajectory, EXPECTED);
  const through = "`@culprit/instrumentation/openai-agents`";
  const { committed, measured } = await tableRow(
    { name: `@openai/agents ${versionOf(home, "@openai/agents")}`, through },
    verdict,
  );
  expect(committed, sketch(trajectory)).toBe(measured);
});
