import type { AlertEvent } from "@culprit/schemas";

/** Runs that a message names; the link leads to all. */
export const MESSAGE_RUNS = 5;

/** `[firing] rule: what` for a title. */
export function titleOf(event: AlertEvent): string {
  const state = event.repeated ? "still firing" : event.state;
  return oneLine(`[${state}] ${event.rule}: ${event.summary}`);
}

/** How firmly a blame is known, in words: predicted, proven, refuted and a person's word are different things. */
export function evidenceOf(run: AlertEvent["runs"][number]): string {
  switch (run.status) {
    case "verified":
      return "verified by replay";
    case "human":
      return "confirmed by a person";
    case "refuted":
      return "refuted";
    default:
      return run.confidence === null ? "predicted" : `predicted, ${(run.confidence * 100).toFixed(0)} % sure`;
  }
}

/** `Coder at step 2 (predicted, 60 % sure): reason`. */
export function runLine(run: AlertEvent["runs"][number]): string {
  const reason = run.reason === "" ? "no reason was given" : clip(oneLine(run.reason), 300);
  return `${oneLine(run.agent)} at step ${run.step} (${evidenceOf(run)}): ${reason}`;
}

/** The whole message as plain text. */
export function plainText(event: AlertEvent): string {
  const named = event.runs.slice(0, MESSAGE_RUNS);
  const more = event.count - named.length;
  return [
    oneLine(event.summary),
    "",
    ...named.flatMap((run) => [`- ${runLine(run)}`, `  task: ${clip(oneLine(run.task), 200)}`, `  ${run.url}`]),
    ...(more > 0 && named.length > 0 ? [`and ${more} more`] : []),
    "",
    `All of it: ${event.url}`,
    `Rule ${event.rule}, project ${event.project}, ${event.severity}, ${event.at}`,
  ].join("\n");
}

/** Text of a trace must not break out of its line. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
}

export function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
