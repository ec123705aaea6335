import type { Node } from "./forest.ts";
import type { StepNode } from "./roles.ts";

/**
 * Steps of a run that speaks a dialect nobody knows: its innermost spans that no table reads. One that says what went in
 * or came out is an agent's step; the others are only what happened. Where anything of a run is understood, that alone
 * is its steps.
 *
 * @param forest parents before children
 */
export function genericSteps(forest: readonly Node[]): StepNode[] {
  const above = new Set(forest.map(({ parent }) => parent));
  return forest
    .filter((node) => node.span.reading.dialect === "generic" && !above.has(node))
    .map((node) => {
      const { input, output } = node.span.reading;
      return { ...node, role: input.length > 0 || output.length > 0 ? "agent" : "environment", wraps: false };
    });
}
