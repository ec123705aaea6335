import type { RewardFunction } from "@culprit/schemas";

/** λ of equation 11: how much the step counts, the agent getting the rest. */
export const STEP_WEIGHT = 0.5;
/** σ of equation 12, in steps. */
export const SIGMA = 1;

const SPACES = /[ \t\r\n\f\v]+/g;
const SPACE = " \t\r\n\f\v";
const STEP = /^[0-9]{1,9}$/;

/**
 * The tracer's training reward (AgenTracer, equations 11 and 12):
 * `I_format · (λ · exp(−Δ²/2σ²) + (1 − λ) · [agent right])`. `training/reward.py` is the same function, and
 * `training/reward-vectors.json` is what both give, to 1e-9.
 *
 * @param text the completion: `<think>reasoning</think><answer>agent|step</answer>`, the opening tag optional
 */
export const reward: RewardFunction = (text, truth, options = {}) => {
  const answer = parseRewardAnswer(text, options.reasoning);
  if (answer === undefined) return { score: 0, r_format: 0, r_agent: 0, r_step: 0 };
  const { stepWeight = STEP_WEIGHT, sigma = SIGMA } = options;
  const agentReward = answer.agent === foldName(truth.agent) ? 1 : 0;
  const distance = answer.step - truth.step;
  const stepReward = Math.exp(-(distance * distance) / (2 * sigma * sigma));
  const score = stepWeight * stepReward + (1 - stepWeight) * agentReward;
  return { score, r_format: 1, r_agent: agentReward, r_step: stepReward };
};

/**
 * The strict format gate. The serving strategy reads answers more kindly: there a usable answer helps somebody,
 * here leniency would be learnt.
 */
export function parseRewardAnswer(text: string, reasoning = ""): { agent: string; step: number } | undefined {
  let rest = strip(text);
  let thought = strip(reasoning);
  if (rest.includes("</think>") || rest.startsWith("<think>")) {
    if (thought !== "") return undefined;
    if (rest.startsWith("<think>")) rest = rest.slice("<think>".length);
    const end = rest.indexOf("</think>");
    if (end === -1) return undefined;
    thought = strip(rest.slice(0, end));
    if (thought.includes("<think>")) return undefined;
    rest = strip(rest.slice(end + "</think>".length));
  }
  if (thought === "" || rest.includes("<think>") || rest.includes("</think>")) return undefined;
  if (!rest.startsWith("<answer>") || !rest.endsWith("</answer>")) return undefined;
  const answer = rest.slice("<answer>".length, -"</answer>".length);
  if (answer.includes("<answer>") || answer.includes("</answer>")) return undefined;
  const bar = answer.lastIndexOf("|");
  const agent = foldName(answer.slice(0, Math.max(bar, 0)));
  const step = strip(answer.slice(bar + 1));
  if (bar === -1 || agent === "" || !STEP.test(step)) return undefined;
  return { agent, step: Number(step) };
}

function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.includes(text.charAt(start))) start++;
  while (end > start && SPACE.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function foldName(name: string): string {
  return strip(name.replace(SPACES, " "));
}
