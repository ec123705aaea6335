import {
  chunk,
  completion,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "../../unit/instrumentation/scripted-endpoint.ts";

export const AGENTS = ["Planner", "Left", "Right", "Writer"];
export const TASK = "double 8, and add one to 5";
/** 8 doubled and 5 with one more, summed. */
export const TRUTH = "the sum is 22";

/** What an agent of the research team answers to what it was told; off by `slip`. */
export function answerOf(agent: string, told: string, slip = 0): string {
  const numbers = (told.match(/\d+/g) ?? []).map(Number);
  const [first = 0, second = 0] = numbers;
  if (agent === "Planner") {
    const [, doubled = "0", increased = "0"] = /double (\d+).*?to (\d+)/s.exec(told) ?? [];
    return `double ${Number(doubled) + slip}, increase ${increased}`;
  }
  if (agent === "Left") return `left ${first * 2 + slip}`;
  if (agent === "Right") return `right ${second + 1 + slip}`;
  return `the sum is ${first + second + slip}`;
}

/** The team's model over HTTP: scripted, no language model runs. Every answer of the erring agent is off by one. */
export async function arithmeticEndpoint(erring: () => string): Promise<ScriptedEndpoint> {
  return scriptedEndpoint(({ body }, response) => {
    const [system, user] = body["messages"] as { content: string }[];
    const agent = /You are the (\w+)/.exec(system?.content ?? "")?.[1] ?? "";
    const content = answerOf(agent, user?.content ?? "", agent === erring() ? 1 : 0);
    if (body["stream"] === true) sendEvents(response, [chunk({ role: "assistant", content }), chunk({}, "stop")]);
    else sendJson(response, completion({ content }));
  });
}
