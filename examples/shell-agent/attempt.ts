import { openWorkspace, type WorkspaceOptions } from "@culprit/analyzers";
import { runShellAgent, type ShellAgentResult } from "./agent.ts";
import type { Project } from "./projects/project.ts";
import type { Repository } from "./repository.ts";
import { SCRIPTED_SHELL_MODEL } from "./scripted/endpoint.ts";

export interface AttemptOptions extends Pick<WorkspaceOptions, "isolation"> {
  project: Project;
  repository: Repository;
  baseURL: string;
  model?: string;
}

/** What the agent is asked to do. */
export function taskOf({ name, issue }: Project): string {
  return `Mend this issue in the repository ${name}:\n\n${issue}`;
}

/** One attempt of the agent at a project, in a workspace of its own. */
export async function attempt({
  project,
  repository,
  baseURL,
  model = SCRIPTED_SHELL_MODEL,
  ...isolation
}: AttemptOptions): Promise<ShellAgentResult> {
  const workspace = await openWorkspace({ base: `${repository.base}@${repository.commit}`, ...isolation });
  try {
    return await runShellAgent({
      task: taskOf(project),
      taskId: `shell-agent/${project.name}`,
      workspace,
      check: { command: repository.check, files: repository.checkFiles },
      baseURL,
      model,
    });
  } finally {
    await workspace.close();
  }
}
