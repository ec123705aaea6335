import { askedOf, type ChatMessage } from "../../scripted-endpoint/policies/conversation.ts";
import { chatApp, listen } from "../../scripted-endpoint/server.ts";
import type { Project } from "../projects/project.ts";
import { PROJECTS } from "../projects/projects.ts";
import { answerOf, FLAWLESS, nextAct, type Story, turnsOf } from "./policy.ts";

export const SCRIPTED_SHELL_MODEL = "scripted-shell-agent";

/** The project a conversation is about; null when it is none of ours. */
export function projectOf(messages: readonly ChatMessage[]): Project | null {
  const asked = askedOf(messages);
  return PROJECTS.find(({ issue }) => asked.includes(issue)) ?? null;
}

/**
 * Serves the scripted shell agent's model on loopback. No language model runs.
 *
 * @param storyOf how an attempt at a project goes; flawless when not given
 */
export function startShellEndpoint(
  storyOf: (project: Project) => Story = () => FLAWLESS,
  port = 0,
): Promise<{ baseURL: string; close(): Promise<void> }> {
  const app = chatApp({
    models: [SCRIPTED_SHELL_MODEL],
    answer(_model, { messages }) {
      const project = projectOf(messages);
      if (project === null) return { content: "This scripted endpoint does not know the task.", tool_calls: [] };
      const past = turnsOf(messages);
      return answerOf(nextAct(storyOf(project), project, past), past.length);
    },
  });
  return listen(app, port);
}
