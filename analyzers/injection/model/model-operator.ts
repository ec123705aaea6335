import { attributeValueSchema, CulpritError } from "@culprit/schemas";
import { z } from "zod";
import type { Endpoint } from "../../attribution/endpoint/endpoint.ts";
import { readJson } from "../../attribution/judge/read-json.ts";
import type { Fault, FaultOperator, FaultSite } from "../operator.ts";
import { INSTRUCTION, question } from "./instruction.ts";

const answerSchema = z.object({
  action: z.string(),
  arguments: z.array(attributeValueSchema).default([]),
  reason: z.string().min(1),
});

/** Words that would give away to a tracer that somebody put the mistake there. */
const MARKS =
  /\b(?:inject\w*|attack\w*|perturb\w*|fault|counterfactual|rewrit\w*|on purpose|deliberate\w*|as (?:asked|requested)|original(?:ly)? action)\b/i;

/**
 * A model behind an OpenAI-compatible endpoint writes the mistake (π_attacker of AgenTracer). An answer that can't be
 * used is asked for again, with another sampling seed.
 */
export function modelOperator(endpoint: Endpoint, { attempts = 2 }: { attempts?: number } = {}): FaultOperator {
  return {
    name: "model",
    family: "model",
    does: "a model writes a realistic mistake",
    apply: async (site) => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const fault = await ask(endpoint, site);
        if (fault !== null) return fault;
      }
      return null;
    },
  };
}

/** @throws CulpritError `model_unavailable` */
async function ask(endpoint: Endpoint, site: FaultSite): Promise<Fault | null> {
  const { signal, action, random } = site;
  const extra = { seed: random.whole(2 ** 31) };
  const result = await endpoint.complete({ system: INSTRUCTION, user: question(site) }, { signal, extra });
  if (!result.ok) {
    throw new CulpritError("model_unavailable", `The model wrote no fault: ${result.failure.reason}`, {
      mend: "Check the endpoint with `culprit doctor`, or use operators that need no model.",
    });
  }
  const read = readJson(result.completion.message, answerSchema);
  if (!read.ok) return null;
  const { action: content, arguments: given, reason } = read.value;
  if (given.length !== action.tool_calls.length || MARKS.test(content) || MARKS.test(reason)) return null;
  const calls = action.tool_calls.map((call, index) => ({ ...call, arguments: given[index] ?? call.arguments }));
  if (content.trim() === "" && calls.length === 0) return null;
  return { action: { content, tool_calls: calls }, reason };
}
