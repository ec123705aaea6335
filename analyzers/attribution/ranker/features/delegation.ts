import type { RunView } from "./digest.ts";
import { wordOverlap } from "./digest.ts";
import { type FeatureGroup, feature, flag, log1 } from "./feature.ts";
import type { StepView } from "./step-view.ts";
import { cue } from "./step-view.ts";

/** Runs where one agent directs and others work: who directs is known by name and by how often it speaks. */
export const delegation: FeatureGroup = {
  name: "delegation",
  features: [
    feature("work.first", "is the first piece of delegated work", (step, _run) => flag(step.work === 0)),
    feature("work.second", "is the second piece of delegated work", (step, _run) => flag(step.work === 1)),
    feature("work.third", "is the third piece of delegated work", (step, _run) => flag(step.work === 2)),
    feature("work.any", "is delegated work", (step, _run) => flag(step.work >= 0)),
    feature("work.log", "comes after many pieces of delegated work", (step, _run) => log1(Math.max(0, step.work))),
    feature("work.last", "is delegated work with which the run breaks off", (step, _run) =>
      flag(step.work >= 0 && step.agentAfter === undefined),
    ),
    feature("work.repeats", "is delegated work that shows what was shown before", (step, _run) =>
      step.work > 0 ? step.selfOverlap : 0,
    ),
    feature("work.first_repeat", "is the first delegated work that shows what was shown before", (step, run) =>
      flag(firstRepeat(step, run)),
    ),
    feature("work.search", "is a search", (step, _run) => flag(step.work >= 0 && cue(step, "typed") > 0)),
    feature("work.click", "follows a link", (step, _run) => flag(step.work >= 0 && cue(step, "click") > 0)),
    feature("work.scroll", "scrolls", (step, _run) => flag(step.work >= 0 && cue(step, "scroll") > 0)),
    feature("work.first_click", "follows the first link", (step, run) =>
      flag(step.work >= 0 && cue(step, "click") > 0 && run.firstWork.click === step.ordinal),
    ),
    feature("work.first_scroll", "scrolls for the first time", (step, run) =>
      flag(step.work >= 0 && cue(step, "scroll") > 0 && run.firstWork.scroll === step.ordinal),
    ),
    feature("work.blocked", "is delegated work that was refused", (step, _run) =>
      step.work >= 0 ? log1(cue(step, "blocked")) : 0,
    ),
    feature("work.task_overlap", "is delegated work in the words of the task", (step, _run) =>
      step.work >= 0 ? step.taskOverlap : 0,
    ),
    feature("work.off_task", "is delegated work beside the task", (step, _run) =>
      step.work >= 0 ? 1 - Math.min(1, step.taskOverlap * 2) : 0,
    ),
    feature("work.order_overlap", "does what it was told", (step, run) =>
      step.work >= 0 ? wordOverlap(order(step, run), step) : 0,
    ),
    feature("work.no_progress", "is followed by the verdict that there is no progress", (step, _run) =>
      flag(step.work >= 0 && step.agentAfter?.noProgress === true),
    ),
    feature("work.in_loop", "is followed by the verdict that the run loops", (step, _run) =>
      flag(step.work >= 0 && step.agentAfter?.inLoop === true),
    ),
    feature(
      "work.first_no_progress",
      "is the first work followed by the verdict that there is no progress",
      (step, run) =>
        flag(step.work >= 0 && step.agentAfter?.noProgress === true && run.firstWork.noProgress === step.ordinal),
    ),
    feature("work.ordered_again", "is followed by nearly the same order", (step, run) =>
      step.work >= 0 ? wordOverlap(order(step, run), nextOrder(step, run)) : 0,
    ),
    feature("work.before_replan", "is the last work before the plan is made anew", (step) => flag(beforeReplan(step))),
    feature("order.any", "gives an order", (step, run) => flag(isOrder(step, run))),
    feature("order.code", "gives an order with code", (step, run) => flag(isOrder(step, run) && step.code)),
    feature("order.repeats", "repeats its order", (step, run) =>
      isOrder(step, run) ? wordOverlap(order(step, run), step) : 0,
    ),
    feature("order.task_overlap", "gives an order in the words of the task", (step, run) =>
      isOrder(step, run) ? step.taskOverlap : 0,
    ),
    feature("order.first", "gives the first order", (step, run) =>
      flag(isOrder(step, run) && step.agentAfter?.work === 0),
    ),
    feature("judge.satisfied", "declares the task done", (step, run) =>
      flag(directs(step, run) && SATISFIED.test(step.text)),
    ),
    feature("judge.replan", "gives up the plan", (step, run) =>
      flag(directs(step, run) && cue(step, "replan") > 0 && step.ordinal > 1 && step.chars < 700),
    ),
    feature("judge.first_plan", "makes the plan", (step, run) => flag(directs(step, run) && step.ordinal === 0)),
    feature("judge.short", "only names who is next", (step, run) =>
      flag(directs(step, run) && step.chars < 300 && cue(step, "handoff") > 0),
    ),
    feature("work.to_final", "is delegated work that brings in the final answer", (step, _run) =>
      step.work >= 0 ? log1(step.newNamesFinal + step.newNumbersFinal) : 0,
    ),
    feature("work.run_short", "is delegated work in a short run", (step, run) =>
      flag(step.work >= 0 && run.agents.length < 14),
    ),
    feature("judge.run_short", "directs a short run", (step, run) =>
      flag(directs(step, run) && run.agents.length < 14),
    ),
    feature("work.second_in_long", "is the second piece of delegated work in a long run", (step, run) =>
      flag(step.work === 1 && run.agents.length >= 14),
    ),
  ],
};

const SATISFIED = /"is_request_satisfied"[^}]*"answer":\s*true|request satisfied|task (?:is )?(?:complete|done)/i;

function directs(step: StepView | undefined, run: RunView): boolean {
  return step !== undefined && run.orchestrated && step.agent === run.dominant;
}

function isOrder(step: StepView, run: RunView): boolean {
  return (
    directs(step, run) &&
    step.chars < 1200 &&
    step.chars > 40 &&
    cue(step, "ledger") === 0 &&
    cue(step, "replan") === 0 &&
    cue(step, "handoff") === 0
  );
}

function order(step: StepView, run: RunView): StepView | undefined {
  for (let i = step.ordinal - 1; i >= 0 && i >= step.ordinal - 4; i--) {
    const one = run.agents[i];
    if (one && isOrder(one, run)) return one;
  }
  return undefined;
}

function nextOrder(step: StepView, run: RunView): StepView | undefined {
  for (let i = step.ordinal + 1; i < step.ordinal + 7; i++) {
    const one = run.agents[i];
    if (one && isOrder(one, run)) return one;
  }
  return undefined;
}

function beforeReplan(step: StepView): boolean {
  return [step.agentAfter, step.agentAfter?.agentAfter].some(
    (one) => one !== undefined && one.agent !== step.agent && cue(one, "replan") > 0,
  );
}

function firstRepeat(step: StepView, run: RunView): boolean {
  return run.firstWork.repeat === step.ordinal;
}
