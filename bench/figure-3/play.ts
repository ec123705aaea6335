import type { Ranker } from "@culprit/analyzers";
import {
  type CodingTask,
  checkSolution,
  criticMinds,
  type Examiner,
  HABITS,
  type Habits,
  runTeam,
  startMinds,
  teamMinds,
  testReport,
} from "@culprit/examples";
import { loop as correct, type LoopResult } from "@culprit/instrumentation";
import { type Arm, type Loop, PRESSED_CRITIC } from "./arms.ts";

/** Attempts: the first, and three that are told something. */
export const ROUNDS = 4;

export interface Played {
  arm: string;
  task: string;
  seed: number;
  /** The attempt that solved it, 0-based; null where none did. */
  solvedIn: number | null;
  /** Of the attempts that failed and were followed by another: whether somebody was named, and whether rightly. */
  named: { agent: string | null; right: boolean }[];
}

/** What all loops share: who records runs, and who runs the code. */
export interface Setting {
  recorded: Loop["recorded"];
  ranked: Loop["ranked"];
  examiner: Examiner;
}

export interface PlayOptions extends Setting {
  arm: Arm;
  task: CodingTask;
  seed: number;
  /** A ranker that was taught by failures of other tasks. */
  taught: Ranker;
  habits?: Habits;
  /** How often Self-Refine believes what misled the team; by default as often as the team's agents are misled. */
  blindness?: number;
}

const AGENTS = { planner: "Planner", coder: "Coder", tester: "Tester" } as const;

/** One loop of one arm on one task: the SDK's loop, over HTTP, against a running collector. */
export async function play(options: PlayOptions): Promise<Played> {
  const { arm, task, seed, habits = HABITS, blindness = habits.errs, taught } = options;
  const { recorded, ranked, examiner } = options;
  const critics = criticMinds({ seed, blindness });
  const { "scripted-critic": pressed } = criticMinds({ seed, blindness, pressed: true });
  const minds = { ...teamMinds(seed, habits), ...critics, ...(pressed ? { [PRESSED_CRITIC]: pressed } : {}) };
  const endpoint = await startMinds(minds);
  const state: Loop = {
    task,
    seed,
    endpoint,
    examiner,
    taught,
    ranked,
    recorded,
    last: { code: "", feedback: "", attempt: 0, erred: [] },
  };
  const erring: string[][] = [];
  try {
    const result: LoopResult<boolean> = await correct({
      maxRounds: ROUNDS,
      feedback: arm.feedback(state),
      run: async ({ index, feedbackFor }) => {
        const before = endpoint.decisions.length;
        const feedback = feedbackFor();
        const { code, outcome } = await runTeam({
          task,
          baseURL: endpoint.baseURL,
          examiner,
          sampling: index,
          ...(feedback === "" ? {} : { feedback }),
        });
        const decisions = endpoint.decisions.slice(before);
        const erred = decisions.filter(({ erred: faults }) => faults.some((name) => name !== "testerWaves"));
        const agents = erred.map(({ role }) => ({ agent: AGENTS[role] }));
        state.last = { code, feedback, attempt: index, erred: agents };
        erring.push(agents.map(({ agent }) => agent));
        return outcome.success === true;
      },
      check: (success) => success,
    });
    const solved = result.rounds.find(({ success }) => success)?.index ?? null;
    const named = result.rounds.slice(0, -1).map(({ blame, index }) => ({
      agent: blame?.agent ?? null,
      right: blame?.agent != null && (erring[index] ?? []).includes(blame.agent),
    }));
    return { arm: arm.name, task: task.id, seed, solvedIn: solved, named };
  } finally {
    await endpoint.close();
  }
}

/** The sandbox, asked once for the same code of the same task: the tasks' functions compute, and nothing else. */
export function rememberingExaminer(): Examiner {
  const checks = new Map<string, ReturnType<Examiner["check"]>>();
  const reports = new Map<string, ReturnType<Examiner["report"]>>();
  const once = <Value>(kept: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>) => {
    const known = kept.get(key) ?? make();
    kept.set(key, known);
    return known;
  };
  return {
    check: (code, task) => once(checks, `${task.id}\n${code}`, () => checkSolution(code, task)),
    report: (code, task) => once(reports, `${task.id}\n${code}`, () => testReport(code, task)),
  };
}
