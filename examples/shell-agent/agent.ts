import { isSubmission, renderObservation, SUBMIT_MARKER, type Workspace } from "@culprit/analyzers";
import { agent, reportOutcome, run, tool, wrapOpenAI } from "@culprit/instrumentation";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";

export const AGENT_NAME = "Coder";

export const SYSTEM_PROMPT = `You are Coder, a software engineer who works in a shell.
Call bash with one command a turn and read what it prints before the next one. Your working directory is the repository.
When you are done, run: echo ${SUBMIT_MARKER}`;

const BASH: ChatCompletionTool = {
  type: "function",
  function: {
    name: "bash",
    description: "Runs one command in the repository.",
    parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] },
  },
};

export interface ShellAgentOptions {
  task: string;
  taskId: string;
  workspace: Workspace;
  /** Decides the outcome, in the workspace, once the agent is done. */
  check: { command: string; files: string };
  /** An OpenAI-compatible endpoint. */
  baseURL: string;
  model: string;
  apiKey?: string;
  /** Commands at most. Default 20. */
  maxTurns?: number;
}

export interface ShellAgentResult {
  traceId: string;
  success: boolean;
  /** What the check printed. */
  report: string;
}

/** One command a turn until it submits or its turns are over; then the task's own check decides. */
export async function runShellAgent(options: ShellAgentOptions): Promise<ShellAgentResult> {
  const { task, taskId, workspace, check } = options;
  const { traceId, result } = await run({ name: "shell-agent", task, taskId }, async () => {
    await agent.scope(AGENT_NAME, () => work(options));
    await workspace.overlay(check.files);
    const { code, output } = await workspace.run(check.command);
    const success = code === 0;
    await reportOutcome({ success, feedback: output.slice(-4000), by: "evaluator" });
    return { success, report: output };
  });
  return { traceId, ...result };
}

async function work({ task, workspace, baseURL, model, apiKey, maxTurns = 20 }: ShellAgentOptions): Promise<void> {
  const client = wrapOpenAI(new OpenAI({ baseURL, apiKey: apiKey ?? "none", maxRetries: 0 }));
  let submitted = false;
  const bash = tool("bash", async ({ command }: { command: string }) => {
    const result = await workspace.run(command);
    submitted = isSubmission(result.output);
    return renderObservation(result);
  });
  const messages: ChatCompletionMessageParam[] = [
    { role: "system", content: SYSTEM_PROMPT },
    { role: "user", content: task },
  ];
  for (let turn = 0; turn < maxTurns; turn++) {
    const completion = await client.chat.completions.create({ model, messages, tools: [BASH], temperature: 0 });
    const answer = completion.choices[0]?.message;
    const call = answer?.tool_calls?.[0];
    if (answer === undefined || call?.type !== "function") return;
    const observation = await bash(JSON.parse(call.function.arguments) as { command: string });
    if (submitted) return;
    messages.push({ role: "assistant", content: answer.content, tool_calls: [call] });
    messages.push({ role: "tool", tool_call_id: call.id, content: observation });
  }
}
