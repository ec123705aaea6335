import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  actionOf,
  buildTrajectory,
  commandDriver,
  gatewayDriver,
  type Oracle,
  regularExpression,
  searchDecisive,
} from "@culprit/analyzers";
import { collectorExporter, traceIdOf } from "@culprit/instrumentation/gateway";
import type { GatewayAgentRule, Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Running, startCollector } from "../integration/collector-harness.ts";
import { startGateway } from "../integration/gateway-harness.ts";
import { nodePeer } from "./node.ts";
import { pythonFor } from "./python.ts";
import { requirementsOf } from "./python-play.ts";
import { journey, PRICE, type Script, type ScriptedModel, startScriptedModel, TASK } from "./scripted-model.ts";

/** A system that others wrote, as it is, on the framework it is written for. */
interface System {
  name: string;
  /** The command that runs it in a directory of its own; undefined where its packages can't be had. */
  command: (work: string) => Promise<string | undefined>;
  script: Script;
  /** Names its agents by their prompts, where the first words do not. */
  agentRules?: readonly GatewayAgentRule[];
  /** Mistakes, and whose step they are. */
  mistakes: Record<string, { agent: string }>;
}

const WRONG = "2117";
/** The answer is what is printed last; frameworks print more before it. */
const LAST_LINE = `${PRICE}[^\\n]*\\s*$`;
const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), "culprit-replay-peers-"));
let collector: Running;
let model: ScriptedModel;
let script: Script = journey;
let mistake = "";

async function pythonTeam(folder: string): Promise<string | undefined> {
  const python = await pythonFor(folder, requirementsOf(folder));
  // The programs import their tracing; this team is not traced.
  writeFileSync(join(work, "tracing.py"), "");
  const program = join(here, "python", folder, "team.py");
  return python && `PYTHONPATH=${work} ${python} ${program} '${TASK}'`;
}

/** smolagents wants every answer to be a tool call, and tells its agents apart by the tools they have. */
const smolagents: Script = ({ tools, body }) => {
  const knows = JSON.stringify(body["messages"]).includes(PRICE);
  const answer = (text: string) => ({ calls: [{ name: "final_answer", arguments: { answer: text } }] });
  if (tools.includes("Pricer")) {
    const said = /costs (\d+) euros/.exec(JSON.stringify(body["messages"]))?.[1];
    return said
      ? answer(`Asked around: ${said} euros for Oslo.`)
      : { calls: [{ name: "Pricer", arguments: { task: TASK } }] };
  }
  return knows
    ? answer(`A journey to Oslo costs ${PRICE} euros.`)
    : { calls: [{ name: "price_of", arguments: { city: "Oslo" } }] };
};

const SYSTEMS: readonly System[] = [
  {
    name: "an AutoGen team, a Swarm of two",
    command: () => pythonTeam("autogen"),
    script: journey,
    mistakes: { "says another price": { agent: "Pricer" }, "asks for another city": { agent: "Pricer" } },
  },
  {
    name: "a smolagents manager with a sub-agent",
    command: () => pythonTeam("smolagents"),
    script: smolagents,
    agentRules: [
      { pattern: "(?s)Pricer", agent: "Planner" },
      { pattern: "(?s).", agent: "Pricer" },
    ],
    mistakes: { "says another price": { agent: "Pricer" }, "repeats another price": { agent: "Planner" } },
  },
  {
    name: "a handoff of the OpenAI Agents SDK",
    command: async () => {
      const home = await nodePeer("openai-agents");
      if (home === undefined) return undefined;
      const directory = mkdtempSync(join(home, "replay-"));
      cleanups.push(directory);
      copyFileSync(join(here, "js", "openai-agents", "journey.mjs"), join(directory, "journey.mjs"));
      return `cd ${directory} && ${process.execPath} journey.mjs`;
    },
    script: journey,
    agentRules: [
      { pattern: "You plan journeys", agent: "Planner" },
      { pattern: "You name prices", agent: "Pricer" },
    ],
    mistakes: { "says another price": { agent: "Pricer" }, "asks for another city": { agent: "Pricer" } },
  },
];
const cleanups: string[] = [work];

/** The system's script with the mistake of the day in it, made every time. */
const mistaken: Script = (asked) => {
  const text = JSON.stringify(script(asked));
  const told = asked.results.filter((result) => !/pricer|transfer/i.test(result));
  if (mistake === "asks for another city" && told.some((result) => !result.includes(PRICE))) {
    return { text: "I could not find a price." };
  }
  if (mistake === "asks for another city") return JSON.parse(text.replace('{"city":"Oslo"}', '{"city":"Bergen"}'));
  if (mistake === "says another price") return JSON.parse(text.replace(`costs ${PRICE}`, `costs ${WRONG}`));
  if (mistake === "repeats another price") return JSON.parse(text.replace(`around: ${PRICE}`, `around: ${WRONG}`));
  return JSON.parse(text);
};

/** Puts the city and the price right where the step itself got them wrong. */
const oracle: Oracle = ({ step }) => {
  const { content, tool_calls } = actionOf(step);
  const right = (text: string) => text.replace("Bergen", "Oslo").replaceAll(WRONG, PRICE);
  const calls = tool_calls.map((call) => ({ ...call, arguments: JSON.parse(right(JSON.stringify(call.arguments))) }));
  const corrected = { content: right(content), tool_calls: calls };
  if (JSON.stringify(corrected) === JSON.stringify({ content, tool_calls })) return null;
  // A wrong price that another agent gave is not this one's mistake.
  return JSON.stringify(step.input).includes(WRONG) ? null : corrected;
};

beforeAll(async () => {
  collector = await startCollector();
  model = await startScriptedModel((asked) => mistaken(asked));
});
afterAll(async () => {
  await model.close();
  await collector.close();
  for (const directory of cleanups) rmSync(directory, { recursive: true, force: true });
});

let runs = 0;
/** Runs the system as its people do, with the recording gateway as its base URL. */
async function record(command: string, agentRules: readonly GatewayAgentRule[] | undefined): Promise<Trajectory> {
  const gateway = await startGateway(model.baseURL, collector, agentRules === undefined ? {} : { agentRules });
  const name = `peer-${++runs}`;
  const env = { ...process.env, OPENAI_API_KEY: "scripted", OPENAI_BASE_URL: `${gateway.url}/runs/${name}/v1` };
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { env, timeout: 120_000 }).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  const success = new RegExp(LAST_LINE).test(stdout);
  await fetch(`${gateway.url}/runs/${name}/outcome`, { method: "POST", body: JSON.stringify({ success }) });
  await gateway.close();
  const answer = await collector.collector.app.request(`/api/v1/traces/${traceIdOf(name)}/spans`);
  return buildTrajectory(((await answer.json()) as { spans: [] }).spans);
}

describe.each(SYSTEMS)("replay of $name, unmodified", (system) => {
  it.for(Object.entries(system.mistakes))(
    "finds the agent that %s",
    { timeout: 600_000 },
    async ([name, { agent }], { skip }) => {
      const command = await system.command(work);
      if (command === undefined) return skip("offline");
      script = system.script;
      mistake = name;
      const trajectory = await record(command, system.agentRules);
      const shown = trajectory.steps
        .map((step) => `${step.index} ${step.role} ${step.agent}: ${step.content}`)
        .join("\n");
      expect(trajectory.outcome.outcome, shown).toBe("failure");
      const { verdict } = await searchDecisive({
        trajectory,
        oracle,
        mode: "exhaustive",
        timeoutMs: 120_000,
        driver: gatewayDriver({
          start: commandDriver({ command, env: { OPENAI_API_KEY: "scripted" } }),
          upstream: model.baseURL,
          exporter: () => collectorExporter({ url: collector.url }),
          evaluator: regularExpression(LAST_LINE),
          ...(system.agentRules === undefined ? {} : { agentRules: system.agentRules }),
        }),
      });
      const step = trajectory.steps.find((one) => one.agent === agent && /Bergen|2117/.test(one.content))?.index;
      expect(verdict, `${verdict.reason}\n${shown}`).toMatchObject({
        status: "flipped",
        decisive: { agent, step, earliest: "proven" },
      });
    },
  );
});
