import type { ImportFormat, ParsedStep, SourceFile } from "./format.ts";
import { asObject, asText, historyWith, mistakeLabel, systemPrompts } from "./json-shape.ts";

/** The people of the coding team and what they are; logs name either. */
const TEAM: Readonly<Record<string, string>> = {
  Mike: "Team Leader",
  Alice: "Product Manager",
  Bob: "Architect",
  Alex: "Engineer",
  David: "Data Analyst",
};
const OTHERS: Readonly<Record<string, ParsedStep["role"]>> = {
  user: "user",
  human: "user",
  environment: "environment",
  computer_terminal: "environment",
  terminal: "environment",
};

/**
 * Logs of AgenTracer's own pipeline (MetaGPT on KodCode and MBPP+): `final_results/{id}_{attack|diagnose}_result.json`
 * with numbered steps, or a run that nobody has labelled yet. An attacked run's label was put there; a diagnosed run's was
 * found by models.
 */
export const agentracer: ImportFormat = {
  name: "agentracer",
  description: "AgenTracer pipeline logs: history with step, role, name; question_ID; one run a file",
  detect(file) {
    const document = asObject(file.json);
    const fits = historyWith(document, ["step", "content", "role", "name"]);
    if (document === undefined || fits === undefined || fits.length === 0) return false;
    const names = new Set(fits.map(({ name }) => asText(name)));
    const team = [...names].filter((name) => Object.hasOwn(TEAM, name) || Object.values(TEAM).includes(name));
    return "model_prediction" in document || !("mistake_step" in document) || team.length >= 2;
  },
  parse(file) {
    const document = asObject(file.json) ?? {};
    const history = historyWith(document, ["step", "content", "role", "name"]) ?? [];
    const warnings: string[] = [];
    const label = mistakeLabel(document, warnings);
    const place = label === null ? -1 : history.findIndex(({ step }) => asText(step) === String(label.step));
    const steps = history.map(stepOf);
    return {
      subset: "",
      task: asText(document["question"]),
      task_id: asText(document["question_ID"]),
      ground_truth: asText(document["ground_truth"]),
      outcome: document["is_correct"] === true ? "success" : "failure",
      steps,
      system_prompts: systemPrompts(document["system_prompt"]),
      label:
        label === null
          ? null
          : {
              ...label,
              agent: speakerOf(label.agent, steps),
              step: place < 0 ? label.step : place,
              evidence: evidenceOf(file, document),
            },
      also_read: [asText(document["model_prediction"])],
      warnings,
    };
  },
};

/** Injected where the log says that the fault was put there; predicted labels are nobody's measurement and say so. */
function evidenceOf(file: SourceFile, document: Record<string, unknown>): "human" | "injected" {
  return "attack" in document || "attack_step" in document || /"attack_(step|content)"|_attack\b/.test(file.text)
    ? "injected"
    : "human";
}

/** A label may name the person or the part; the steps name the person. */
function speakerOf(agent: string, steps: readonly ParsedStep[]): string {
  if (steps.some((step) => step.agent === agent)) return agent;
  const person = Object.entries(TEAM).find(
    ([name, part]) => part === agent && steps.some((step) => step.agent === name),
  );
  const part = Object.hasOwn(TEAM, agent) ? TEAM[agent] : undefined;
  return person?.[0] ?? (part !== undefined && steps.some((step) => step.agent === part) ? part : agent);
}

function stepOf(entry: Record<string, unknown>): ParsedStep {
  const speaker = asText(entry["name"]) || asText(entry["role"]) || "unknown";
  const key = speaker.toLowerCase();
  const role = Object.hasOwn(OTHERS, key) ? OTHERS[key] : undefined;
  return {
    role: role ?? "agent",
    agent: speaker,
    speaker: asText(entry["role"]) || speaker,
    content: asText(entry["content"]),
  };
}
