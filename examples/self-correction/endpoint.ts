import type { Decision } from "../scripted-endpoint/policies/policy.ts";
import { chatApp, listen, type ScriptedRequest } from "../scripted-endpoint/server.ts";

/** What answers as one model: a pure function of the messages and of the request's `seed`. */
export type Mind = (request: ScriptedRequest) => Decision;

/** A running endpoint of minds. Its answers are scripted: no language model runs here. */
export interface MindedEndpoint {
  /** For an OpenAI client. */
  baseURL: string;
  /** What was answered, oldest first. */
  decisions: readonly Decision[];
  close(): Promise<void>;
}

/** Starts an OpenAI-compatible endpoint on loopback whose models are minds. */
export async function startMinds(minds: Readonly<Record<string, Mind>>): Promise<MindedEndpoint> {
  const decisions: Decision[] = [];
  const app = chatApp({
    models: Object.keys(minds),
    answer(model, request) {
      const decision = minds[model]?.(request);
      if (decision === undefined) throw new TypeError(`There is no model ${model} here.`);
      decisions.push(decision);
      return decision.answer;
    },
  });
  return { ...(await listen(app)), decisions };
}
