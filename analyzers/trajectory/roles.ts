import { CULPRIT, type Span, STEP_ROLES, type Step } from "@culprit/schemas";
import type { Node } from "./forest.ts";
import { isFoundLater } from "./twins.ts";

export type Role = Step["role"];

/** A node that is a step. */
export interface StepNode extends Node {
  role: Role;
  /** Other steps happened inside it, or may have, so what it says was said at its end. */
  wraps: boolean;
}

/** What kind of work an operation is; operations not listed are no steps. */
const KINDS: Record<string, "model" | "tool" | "agent"> = {
  chat: "model",
  generate_content: "model",
  text_completion: "model",
  execute_tool: "tool",
  retrieval: "tool",
  invoke_agent: "agent",
};
type Kind = "explicit" | "model" | "tool" | "agent";

interface Inside {
  /** Work found directly inside: nothing else that is work lies between. */
  work: number;
  /** The only piece of work there, where it can be the same work recorded a second time. */
  only: Node | null;
  /** Some work directly inside shows what was done; what an agent did inside a tool shows nothing of who called it. */
  acted: boolean;
}

/**
 * Which spans are steps, and of which role.
 *
 * - `culprit.step.role` makes any span a step of that role.
 * - Model calls are `agent` steps, tools and retrievals `environment` steps.
 * - An agent's span is a step only where nothing inside shows what it did: no agent, no model call but inside its tools,
 *   and either no tool or an output of its own beside the tools.
 * - One model call directly inside another and alone there is the same call seen twice (an SDK and a gateway, or two
 *   instrumentations): the outer one counts unless only the inner one recorded its output. A model call around more
 *   work is a loop of calls: the inner ones count.
 * - One execution of a tool directly inside another of the same tool and alone there is likewise the same one.
 *
 * @param forest parents before children
 */
export function stepNodes(forest: readonly Node[], hasOutput: (span: Span) => boolean): StepNode[] {
  const kinds = new Map<Node, Kind>();
  const inside = new Map<Node, Inside>();
  const owner = new Map<Node, Node | null>();
  for (const node of forest) {
    const kind = kindOf(node.span);
    if (kind !== undefined) {
      kinds.set(node, kind);
      inside.set(node, { work: 0, only: null, acted: false });
    }
    const above = node.parent === null ? null : kinds.has(node.parent) ? node.parent : (owner.get(node.parent) ?? null);
    owner.set(node, above);
  }
  for (const node of [...forest].reverse()) {
    const kind = kinds.get(node);
    const outer = owner.get(node) ?? null;
    const around = outer === null ? undefined : inside.get(outer);
    if (kind === undefined || outer === null || around === undefined) continue;
    around.work++;
    around.only = around.work === 1 && isTwin(outer, node, kinds) ? node : null;
    around.acted ||= kind !== "tool";
  }
  const steps: StepNode[] = [];
  const twins = new Set<Node>();
  for (const node of forest) {
    const kind = kinds.get(node);
    const within = inside.get(node);
    if (kind === undefined || within === undefined) continue;
    const role = explicitRole(node.span);
    const wraps = within.work > 0 || isFoundLater(node.span);
    const worker: Role = kind === "tool" ? "environment" : "agent";
    if (role !== undefined) steps.push({ ...node, role, wraps });
    else if (kind === "agent") {
      if (!within.acted && (!wraps || hasOutput(node.span))) steps.push({ ...node, role: "agent", wraps });
    } else if (within.only !== null) {
      if (twins.has(node)) twins.add(within.only);
      else if (hasOutput(node.span) || !hasOutput(within.only.span)) {
        twins.add(within.only);
        steps.push({ ...node, role: worker, wraps: false });
      }
    } else if ((kind === "tool" || !wraps) && !twins.has(node)) steps.push({ ...node, role: worker, wraps });
  }
  return steps;
}

function isTwin(outer: Node, inner: Node, kinds: ReadonlyMap<Node, Kind>): boolean {
  const kind = kinds.get(inner);
  if (kind !== kinds.get(outer)) return false;
  return kind === "model" || (kind === "tool" && outer.span.reading.tool === inner.span.reading.tool);
}

function kindOf(span: Span): Kind | undefined {
  if (explicitRole(span) !== undefined) return "explicit";
  return Object.hasOwn(KINDS, span.reading.operation) ? KINDS[span.reading.operation] : undefined;
}

function explicitRole(span: Span): Role | undefined {
  const role = span.attributes[CULPRIT.stepRole];
  return STEP_ROLES.find((known) => known === role);
}
