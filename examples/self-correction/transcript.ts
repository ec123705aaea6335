import type { Step } from "@culprit/schemas";

/** A failed attempt as a critic is shown it: who did what, without the right answer. */
export function transcriptOf(steps: readonly Pick<Step, "index" | "agent" | "content" | "tool_calls">[]): string {
  return steps
    .map(({ index, agent, content, tool_calls }) => {
      const calls = tool_calls.map(({ name, arguments: given }) => `calls ${name}(${JSON.stringify(given)})`);
      return [`## Step ${index}, ${agent}`, content, ...calls].filter((part) => part !== "").join("\n");
    })
    .join("\n\n");
}
