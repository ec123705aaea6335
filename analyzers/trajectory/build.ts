import {
  type BuildTrajectory,
  CULPRIT,
  loopRoundSchema,
  type Span,
  type Step,
  type Trajectory,
} from "@culprit/schemas";
import { causesOf } from "./causes.ts";
import { clockOffsets } from "./clocks.ts";
import { buildForest, compareNodes, type Node } from "./forest.ts";
import { genericSteps } from "./generic-steps.ts";
import { withHandoffs } from "./handoffs.ts";
import { orderSteps } from "./order.ts";
import { resolveOutcome } from "./outcome.ts";
import { placesOf } from "./places.ts";
import { type Role, type StepNode, stepNodes } from "./roles.ts";
import { chooseRoot, firstUserText, readerOf } from "./root.ts";
import { resolveStarted } from "./started.ts";
import { outputText, plain, toStep } from "./step.ts";
import { compareNanos, isoFromNanos } from "./time.ts";
import { withoutTwins } from "./twins.ts";

const UNFINISHED = { unfinished: true, error: "This step was started and never finished." } as const;

/**
 * Spans of one trace to its trajectory. Pure, and the same for any order of `spans`; never throws for what spans
 * contain. `steps[i].index` is `i`.
 *
 * @param outcome Ω as resolved by the caller; without it, what the spans themselves say
 */
export const buildTrajectory: BuildTrajectory = (given, outcome): Trajectory => {
  const { spans, unfinished } = resolveStarted(given);
  const forest = buildForest(spans);
  const root = chooseRoot(forest);
  const top = root ?? earliest(forest);
  const read = readerOf(forest, root);
  const known = withoutTwins(stepNodes(forest, (span) => outputText(span) !== ""));
  const nodes = orderSteps(known.length > 0 ? known : genericSteps(forest), placesOf(forest, clockOffsets(forest)));
  const actors = agentNames(forest);
  const causes = causesOf(nodes);
  const told = nodes.map((node, index) => {
    const step = toStep(node.span, node.role, actorOf(node, actors), index);
    const caused_by = causes[index] ?? [];
    return {
      ...step,
      ...(caused_by.length === 0 ? {} : { caused_by }),
      ...(unfinished.has(node.span.span_id) ? UNFINISHED : {}),
    };
  });
  const steps = withHandoffs(told, nodes, forest);
  return {
    project: top?.span.project ?? "",
    trace_id: top?.span.trace_id ?? "",
    task: read(CULPRIT.task) || firstUserText(top) || firstUserOf(nodes) || (top?.span.name ?? ""),
    task_id: read(CULPRIT.taskId) || (top?.span.trace_id ?? ""),
    ground_truth: read(CULPRIT.taskGroundTruth),
    source: read(CULPRIT.source),
    ...interval(forest),
    complete: root !== null && !unfinished.has(root.span.span_id),
    outcome: outcome ?? resolveOutcome(spans, []),
    agents: roster(steps),
    steps,
    replay_of: read(CULPRIT.replayOf),
    ...ending(read(CULPRIT.exitStatus), read(CULPRIT.costUsd)),
    ...loopOf(read(CULPRIT.loopId), read(CULPRIT.loopRound)),
  };
};

/** How the run ended and what it cost, where it says. */
function ending(status: string, cost: string): Pick<Trajectory, "exit_status" | "cost_usd"> {
  const spent = cost === "" ? Number.NaN : Number(cost);
  return {
    ...(status === "" ? {} : { exit_status: status }),
    ...(Number.isFinite(spent) && spent >= 0 ? { cost_usd: spent } : {}),
  };
}

/** What a run says of its loop, where that is an id and a count. */
function loopOf(id: string, round: string): Pick<Trajectory, "loop"> {
  const parsed = loopRoundSchema.safeParse({ id, round: /^\d{1,7}$/.test(round) ? Number(round) : undefined });
  return parsed.success ? { loop: parsed.data } : {};
}

function earliest(forest: readonly Node[]): Node | null {
  let first: Node | null = null;
  for (const node of forest) if (first === null || compareNodes(node, first) < 0) first = node;
  return first;
}

function firstUserOf(nodes: readonly StepNode[]): string {
  for (const node of nodes) {
    const text = node.role === "user" ? outputText(node.span) || firstUserText(node) : firstUserText(node);
    if (text !== "") return text;
  }
  return "";
}

/** Name of the nearest agent at or above each span; empty where there is none. */
function agentNames(forest: readonly Node[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { span, parent } of forest) {
    names.set(span.span_id, span.reading.agent || (parent === null ? "" : (names.get(parent.span.span_id) ?? "")));
  }
  return names;
}

function actorOf({ span, role }: StepNode, agents: ReadonlyMap<string, string>): string {
  const own = span.reading.agent;
  const byRole: Record<Role, string> = {
    agent:
      agents.get(span.span_id) ||
      plain(span.attributes[CULPRIT.agentGuess]) ||
      serviceName(span) ||
      span.scope_name ||
      "agent",
    environment: span.reading.tool || (isExplicit(span) ? own : "") || span.name || "environment",
    user: own || "user",
  };
  return byRole[role];
}

function isExplicit(span: Span): boolean {
  return span.attributes[CULPRIT.stepRole] !== undefined;
}

/** OpenTelemetry SDKs say `unknown_service:node` when nobody named the service. */
function serviceName(span: Span): string {
  const name = plain(span.resource_attributes["service.name"]);
  return name.startsWith("unknown_service") ? "" : name;
}

function interval(forest: readonly Node[]): Pick<Trajectory, "started_at" | "ended_at"> {
  const first = forest[0]?.span;
  let [start, end] = [first?.start_time_unix_nano ?? "0", first?.end_time_unix_nano ?? "0"];
  for (const { span } of forest) {
    if (compareNanos(span.start_time_unix_nano, start) < 0) start = span.start_time_unix_nano;
    if (compareNanos(span.end_time_unix_nano, end) > 0) end = span.end_time_unix_nano;
  }
  if (compareNanos(end, start) < 0) end = start;
  return { started_at: isoFromNanos(start), ended_at: isoFromNanos(end) };
}

function roster(steps: readonly Step[]): string[] {
  return [...new Set(steps.filter(({ role }) => role === "agent").map(({ agent }) => agent))];
}
