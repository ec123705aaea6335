import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { writeFixture } from "./fixture.ts";
import { JAVASCRIPT_PEERS } from "./javascript-peers.ts";
import { nodePeer, travel, versionOf } from "./node.ts";
import { journey, PRICE, refusing } from "./scripted-model.ts";
import { judge, sketch, tableRow } from "./verdict.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

describe("agents in JavaScript, each with the block of its page", () => {
  test.for(JAVASCRIPT_PEERS)("$package through $through", { timeout: 480_000 }, async (framework, { skip }) => {
    const { peer, page, steps, through, fixture, script = journey, note = "", heavy } = framework;
    if (heavy !== undefined && process.env["CULPRIT_PEERS_HEAVY"] !== "1") return skip(`heavy (${heavy})`);
    const home = await nodePeer(peer);
    if (home === undefined) return skip("no packages");
    const { trajectory, spans, output } = await travel({ peer, page, home, running, script });
    expect(output).toContain(PRICE);
    const broken = await travel({ peer, page, home, running, script: refusing });
    const name = `${framework.package} ${versionOf(home, framework.package)}`;
    if (process.env["CULPRIT_PEERS"] === "write") writeFixture(fixture, `${name} through ${through}`, spans);
    const verdict = judge(trajectory, broken.trajectory, steps);
    const { committed, measured } = await tableRow({ name, through, note }, verdict);
    expect(committed, `${sketch(trajectory)}\n${sketch(broken.trajectory)}`).toBe(measured);
  });
});
