import type { ImportedAnnotation, ParsedRun } from "./format.ts";

/** The source's own label as an annotation; none, with a warning, where it names what is not in the run. */
export function annotationsOf(
  run: ParsedRun,
  trace_id: string,
  startMs: number,
  warnings: string[],
): ImportedAnnotation[] {
  if (!run.label) return [];
  const { agent, step, reason, evidence = "human" } = run.label;
  const labelled = step < 0 ? undefined : run.steps[step];
  if (!labelled) {
    warnings.push(`The label names step ${step}, but the run has steps 0 to ${run.steps.length - 1}: left out.`);
    return [];
  }
  if (!run.steps.some((taken) => taken.agent === agent)) {
    warnings.push(`The label blames ${agent}, who is not in the run: left out.`);
    return [];
  }
  if (labelled.agent !== agent) {
    warnings.push(`The label blames ${agent}, but step ${step} was taken by ${labelled.agent}.`);
  }
  return [
    {
      annotation_id: `import-${trace_id}`,
      trace_id,
      agent,
      step,
      evidence,
      verdict: "confirmed",
      reason,
      replay_id: "",
      correction: "",
      earliest: "not proven",
      placebo_k: 0,
      placebo_successes: 0,
      created_at: new Date(startMs).toISOString(),
    },
  ];
}
