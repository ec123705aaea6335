import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Step, Trajectory } from "@culprit/schemas";

/** One step as it has to read, in its place. */
export interface ExpectedStep {
  role: Step["role"];
  /** Who acted; for `environment` the tool. */
  agent: string;
  /** The step's content holds it; absent where nothing has to be said (an action that is all tool calls). */
  says?: string;
  /** Agent steps: all tool calls of the step, in order. Absent: none. */
  calls?: readonly { name: string; arguments: unknown }[];
}

/** What of a client's run came out right. */
export interface Verdict {
  /** Every step is its agent's, and the roster names each once, in order of appearance. */
  agents: boolean;
  /** As many steps as there were, each in its place. */
  order: boolean;
  /** What every agent step said. */
  content: boolean;
  /** Every call with its arguments, every tool with its answer. */
  tools: boolean;
  /** The run whose model refused is a failure; the run that went well is none. */
  outcome: boolean;
}

/** The five columns of `docs/instrument/peers.md`. */
export const COLUMNS = ["agents", "order", "content", "tools", "outcome"] as const;

/**
 * Compares a stored trajectory with what really happened, step by step.
 *
 * @param broken the same program's run against a model that refuses (`startScriptedModel(refusing)`)
 */
export function judge(run: Trajectory, broken: Trajectory, expected: readonly ExpectedStep[]): Verdict {
  const pairs = expected.map((want, at) => ({ want, got: run.steps[at] }));
  const acting = pairs.filter(({ want }) => want.role !== "environment");
  const answering = pairs.filter(({ want }) => want.role === "environment");
  const says = ({ want, got }: (typeof pairs)[number]) => got?.content.includes(want.says ?? "") === true;
  const roster = [...new Set(expected.filter(({ role }) => role === "agent").map(({ agent }) => agent))];
  return {
    agents: isDeepStrictEqual(run.agents, roster) && acting.every(({ want, got }) => got?.agent === want.agent),
    order:
      run.steps.length === expected.length &&
      pairs.every(({ want, got }) => got?.role === want.role && (want.role !== "environment" || says({ want, got }))),
    content: acting.every(says),
    tools:
      acting.every(({ want, got }) => isDeepStrictEqual(callsOf(got), want.calls ?? [])) &&
      answering.every(({ want, got }) => got?.agent === want.agent && says({ want, got })),
    outcome: run.outcome.outcome !== "failure" && broken.outcome.outcome === "failure",
  };
}

function callsOf(step: Step | undefined): unknown {
  return step?.tool_calls.map(({ name, arguments: given }) => ({ name, arguments: given }));
}

/** A trajectory on a few lines, for the message of a failing test. */
export function sketch({ steps, agents, outcome }: Trajectory): string {
  const lines = steps.map(({ role, agent, content }) => `  ${role} ${agent}: ${content.slice(0, 120)}`);
  return [`agents: ${agents.join(", ")}; outcome: ${outcome.outcome}`, ...lines].join("\n");
}

const TABLE = join(import.meta.dirname, "..", "..", "docs", "instrument", "peers.md");
const LOCK = `${TABLE}.lock`;

export interface Client {
  /** The client with its version, as the table names it: `@openai/agents 0.20.0`. */
  name: string;
  /** How its work becomes spans. */
  through: string;
  /** What the columns that say `no` come from; empty when all are right. */
  note?: string;
}

/**
 * The row of `docs/instrument/peers.md` as committed and as measured, for the test to compare. With
 * `CULPRIT_PEERS=write` in the environment the measured row is written there first.
 */
export async function tableRow(client: Client, verdict: Verdict): Promise<{ committed: string; measured: string }> {
  const cells = COLUMNS.map((column) => (verdict[column] ? "right" : "**no**"));
  const measured = `| ${[client.name, client.through, ...cells, client.note ?? ""].join(" | ")} |`;
  const start = `| ${client.name.replace(/ [^ ]*$/, "")} `;
  const own = (line: string) => line.startsWith(start) && line.split(" | ")[1] === client.through;
  if (process.env["CULPRIT_PEERS"] === "write") await locked(() => writeRow(measured, own));
  const committed = readFileSync(TABLE, "utf8").split("\n").find(own);
  return { committed: committed ?? `(no row for ${client.name})`, measured };
}

function writeRow(row: string, own: (line: string) => boolean): void {
  const lines = readFileSync(TABLE, "utf8").split("\n");
  const first = lines.findIndex((line) => line.startsWith("| ---"));
  const after = lines.findIndex((line, at) => at > first && !line.startsWith("|"));
  const end = after === -1 ? lines.length : after;
  const rows = [...lines.slice(first + 1, end).filter((line) => !own(line)), row].sort();
  writeFileSync(TABLE, [...lines.slice(0, first + 1), ...rows, ...lines.slice(end)].join("\n"));
}

/** Test files run side by side and share the table. */
async function locked(work: () => void): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      mkdirSync(LOCK);
    } catch {
      await sleep(25);
      continue;
    }
    try {
      return work();
    } finally {
      rmSync(LOCK, { recursive: true });
    }
  }
  throw new Error(`${LOCK} is in the way${existsSync(LOCK) ? "; nobody removed it" : ""}`);
}
