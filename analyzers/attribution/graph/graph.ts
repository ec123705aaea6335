import { z } from "zod";
import { fencedName } from "../../trajectory/fence.ts";
import { decision, judgeStrategy } from "../judge/judge-strategy.ts";
import { readJson, stepNumber } from "../judge/read-json.ts";
import type { JudgeOptions } from "../judge/session.ts";
import { filled, template } from "../judge/templates.ts";
import type { Strategy } from "../strategy.ts";
import { type FlowGraph, flowGraph, type Source } from "./flow-graph.ts";

export interface GraphOptions extends JudgeOptions {
  /** Steps that are looked at on the way back. */
  mostHops?: number | undefined;
}

const HOPS = 12;
const MOST_SOURCES = 6;
const MOST_VALUES = 5;
/** Published step accuracies of backward tracing over a dependency graph are between 26 and 52 %. */
const CONFIDENCE = 0.3;

const verdictSchema = z
  .string()
  .regex(/^\s*(?:introduced|inherited)\b/i)
  .transform((text) => /^\s*inherited/i.test(text));
const answerSchema = z.object({
  reason: z.string().default(""),
  verdict: verdictSchema,
  from: stepNumber.nullish().catch(null),
});

/**
 * Walks back from the final result over the edges of {@link flowGraph}: at each step the model says whether the mistake
 * was made there or came from before. As many calls as steps on the way, at most {@link GraphOptions.mostHops}. (After
 * the backward tracing of CHIEF, arXiv 2602.23701, and FALAT, arXiv 2606.00765.)
 */
export function createGraph(options: GraphOptions): Strategy {
  const { mostHops = HOPS } = options;
  return judgeStrategy(options, {
    name: "graph",
    templates: ["instruction", "question"],
    settings: [mostHops, MOST_SOURCES, MOST_VALUES],
    async decide(session) {
      const graph = flowGraph(session.trajectory);
      const path: string[] = [];
      let step = graph.sink;
      for (let hop = 0; hop < mostHops; hop++) {
        const { value } = await session.ask({
          instruction: template("graph", "instruction"),
          notes: notesOn(step, graph),
          question: filled(template("graph", "question"), { step }),
          read: (message) => readJson(message, answerSchema),
        });
        path.push(`step ${step}: ${value.reason}`);
        const before = value.verdict
          ? sourceOf(step, value.from ?? undefined, graph, session.trajectory.steps)
          : undefined;
        if (before === undefined) break;
        step = before;
      }
      return decision(session, { agent: "", step }, path.join("\n"), CONFIDENCE);
    },
  });
}

/** The step named, where it is an earlier one that could hold the mistake; else the strongest source. */
function sourceOf(
  step: number,
  named: number | undefined,
  { sources }: FlowGraph,
  steps: readonly { role: string }[],
): number | undefined {
  if (named !== undefined && named < step && steps[named] !== undefined && steps[named]?.role !== "user") return named;
  return sources[step]?.[0]?.step;
}

function notesOn(step: number, { sources }: FlowGraph): string {
  const own = (sources[step] ?? []).slice(0, MOST_SOURCES);
  if (own.length === 0) return `Step ${step} drew on no earlier step that is known.`;
  return [`Step ${step} drew on:`, ...own.map((source) => `step ${source.step}: ${ways(source)}`)].join("\n");
}

function ways({ called, shown, values }: Source): string {
  const shared = values.slice(0, MOST_VALUES).map(fencedName).join(", ");
  return [
    ...(called ? ["called by it or answers it"] : []),
    ...(shown ? ["was shown its text"] : []),
    ...(shared === "" ? [] : [`took over ${shared}`]),
  ].join("; ");
}
