import { attributeTrajectory, type Ranker, searchDecisive, seededRandom } from "@culprit/analyzers";
import {
  type CodingTask,
  CRITIC_MODELS,
  type Critic,
  critic,
  type Examiner,
  type MindedEndpoint,
  oracleFor,
  runTeam,
  seededTruth,
  selfRefine,
  transcriptOf,
} from "@culprit/examples";
import type { Blame, FeedbackSource } from "@culprit/instrumentation";
import type { Trajectory } from "@culprit/schemas";

/** One loop as its feedback sees it. */
export interface Loop {
  task: CodingTask;
  seed: number;
  /** The endpoint of this loop alone. */
  endpoint: MindedEndpoint;
  examiner: Examiner;
  taught: Ranker;
  /** The shipped ranker's attribution. */
  ranked: FeedbackSource;
  /** The recorded run, once it is whole. */
  recorded(traceId: string): Promise<Trajectory>;
  /** What the last attempt produced, was told, and the mistakes the scripted agents made in it. */
  last: { code: string; feedback: string; attempt: number; erred: { agent: string }[] };
}

export interface Arm {
  name: string;
  about: string;
  /** `ours`; a published `baseline`; a `control` that shows what feedback can do at worst and at best. */
  kind: "ours" | "baseline" | "control";
  feedback(loop: Loop): FeedbackSource;
}

/** The arm whose ranker has to be taught first. */
export const TAUGHT = "Culprit: ranker, taught";

const HERE = "This step is where the attempt went wrong.";

/** Every way to tell the next attempt something, or nothing. */
export const ARMS: readonly Arm[] = [
  { name: "no feedback", about: "the task is tried again", kind: "control", feedback: () => () => null },
  {
    name: "random blame",
    about: "any agent step, drawn by the seed",
    kind: "control",
    feedback:
      (loop) =>
      async ({ traceId, round }) => {
        const steps = (await loop.recorded(traceId)).steps.filter(({ role }) => role === "agent");
        return toBlame(seededRandom("random", loop.seed, loop.task.id, round).pick(steps));
      },
  },
  {
    name: "wrong blame",
    about: "a step of an agent that made no mistake; the truth is used to avoid it",
    kind: "control",
    feedback:
      (loop) =>
      async ({ traceId, round }) => {
        const guilty = new Set(loop.last.erred.map(({ agent }) => agent));
        const steps = (await loop.recorded(traceId)).steps.filter(
          ({ role, agent }) => role === "agent" && !guilty.has(agent),
        );
        return toBlame(seededRandom("wrong", loop.seed, loop.task.id, round).pick(steps));
      },
  },
  {
    name: "true blame",
    about: "the agent that made the mistake, by construction: what perfect attribution would be worth",
    kind: "control",
    feedback:
      (loop) =>
      async ({ traceId }) => {
        const { erred } = loop.last;
        const lasting = seededTruth(loop.task, loop.seed).decisive?.agent;
        const agent = erred.some((one) => one.agent === lasting) ? lasting : erred.at(-1)?.agent;
        return toBlame((await loop.recorded(traceId)).steps.find((step) => step.agent === agent));
      },
  },
  {
    name: "Self-Refine",
    about: "the team's own model criticises the attempt, without tools",
    kind: "baseline",
    feedback: (loop) => criticised(loop, selfRefine(clientOf(loop, CRITIC_MODELS.selfRefine))),
  },
  {
    name: "CRITIC",
    about: "a critic that runs the examples first; says that it found nothing where they pass",
    kind: "baseline",
    feedback: (loop) => criticised(loop, criticOf(loop, CRITIC_MODELS.critic)),
  },
  {
    name: "CRITIC, pressed",
    about: "the same, but names somebody even where its tools found nothing",
    kind: "baseline",
    feedback: (loop) => criticised(loop, criticOf(loop, PRESSED_CRITIC)),
  },
  {
    name: "Culprit: ranker",
    about: "the shipped ranker's attribution, over the collector",
    kind: "ours",
    feedback: ({ ranked }) => ranked,
  },
  {
    name: TAUGHT,
    about: "the ranker tuned on failures of other tasks, labelled by replay",
    kind: "ours",
    feedback:
      (loop) =>
      async ({ traceId }) => {
        const trajectory = { ...(await loop.recorded(traceId)), ground_truth: "" };
        const { agent, step, reason } = await attributeTrajectory(trajectory, loop.taught);
        return agent === null ? null : { agent, step, reason };
      },
  },
  {
    name: "Culprit: replay",
    about:
      "counterfactual replay of the failed attempt; its oracle, the example's own, knows the right action of each step",
    kind: "ours",
    feedback: (loop) => replayed(loop),
  },
];

/** The model id of a critic that names somebody even where its tools found nothing. */
export const PRESSED_CRITIC = "scripted-critic-pressed";

function criticised(loop: Loop, give: Critic): FeedbackSource {
  return async ({ traceId }) => {
    const { task, steps } = await loop.recorded(traceId);
    const output = `\`\`\`js\n${loop.last.code}\n\`\`\``;
    return await give({ task, transcript: transcriptOf(steps), output });
  };
}

function clientOf({ endpoint, last }: Loop, model: string) {
  return {
    baseURL: endpoint.baseURL,
    model,
    get sampling() {
      return last.attempt;
    },
  };
}

function criticOf(loop: Loop, model: string): Critic {
  const parameters = { type: "object", properties: { code: { type: "string" } }, required: ["code"] };
  const description = "Runs the visible examples against a JavaScript function and reports what failed.";
  return critic(clientOf(loop, model), [
    {
      definition: { type: "function", function: { name: "run_tests", description, parameters } },
      call: async ({ code }) => await loop.examiner.report(String(code), loop.task),
    },
  ]);
}

/** Replays the attempt as it was: same sampling, same feedback. What is told is agent and step, not the correction. */
function replayed(loop: Loop): FeedbackSource {
  return async ({ traceId }) => {
    const trajectory = await loop.recorded(traceId);
    const { attempt, feedback } = loop.last;
    const { verdict } = await searchDecisive({
      trajectory,
      oracle: oracleFor(loop.task),
      oracleName: "function:flawless-policy",
      driver: async ({ replayId, of }) =>
        await runTeam({
          task: loop.task,
          baseURL: loop.endpoint.baseURL,
          examiner: loop.examiner,
          sampling: attempt,
          feedback,
          replay: { id: replayId, of },
        }),
    });
    return toBlame(verdict.decisive);
  };
}

function toBlame(
  step: { agent: string; step: number } | { agent: string; index: number } | null | undefined,
): Blame | null {
  if (!step) return null;
  return { agent: step.agent, step: "step" in step ? step.step : step.index, reason: HERE };
}
