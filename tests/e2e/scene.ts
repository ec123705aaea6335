import type { Annotation, DatasetVersion } from "@culprit/schemas";
import { aDataset } from "../integration/store-rows.ts";
import { type Story, tell } from "./runs.ts";
import type { Stage } from "./stage.ts";
import { parsing, rotation, succeeded } from "./stories.ts";

/** What a collector holds after some failures, replays and labels. */
export interface Scene {
  /** A run that a stored replay proved, and that replay's run. */
  proven: string;
  replayed: string;
  /** Step of the rotation story that the replay corrected. */
  step: number;
}

export const correction = "def rotate(items, k):\n    k = k % len(items)\n    return items[-k:] + items[:-k]";

/** The rotation story with its Coder corrected; what follows differs, and it succeeds. */
const corrected: Story = {
  ...rotation,
  outcome: "success",
  feedback: "5 of 5 hidden tests passed",
  acts: [
    ...rotation.acts.slice(0, 1),
    { agent: "Coder", says: correction },
    ...rotation.acts.slice(2, 3),
    { agent: "run_python", answers: "1 passed" },
    { agent: "Tester", says: "The assertion holds. I accept the code." },
    { agent: "Reviewer", says: "Looked at it as well: nothing to add." },
    ...rotation.acts.slice(5),
  ],
};

/** Tells runs, proves one of them by a stored replay with three placebos, and has a person judge another. */
export async function setScene(stage: Stage): Promise<Scene> {
  const runs: string[] = [];
  for (const story of [rotation, parsing, rotation, succeeded, rotation, parsing, succeeded]) {
    runs.push(await tell(stage.url, story));
  }
  const proven = runs[0] as string;
  const replayed = await tell(stage.url, { ...corrected, replayOf: proven });
  await stage.analyzer.drain();
  const { steps } = await stage.client.call("getTrace", { trace_id: proven });
  const step = steps.findIndex(({ agent }) => agent === "Coder");
  const replay = (replay_id: string, kind: "correction" | "placebo", status: "success" | "failure", made = "") =>
    stage.client.call("saveReplay", {
      body: {
        replay_id,
        trace_id: proven,
        replay_trace_id: made,
        intervention: { kind, step, agent: "Coder", action: correction, oracle: "person" },
        status,
        score: status === "success" ? 1 : 0,
        reason: "",
        duration_ms: 2140,
        created_at: new Date().toISOString(),
      },
    });
  await replay("flip", "correction", "success", replayed);
  for (const at of [1, 2, 3]) await replay(`placebo ${at}`, "placebo", "failure");
  const label: Partial<Annotation> = { correction, replay_id: "flip" };
  await stage.label({ trace_id: proven, agent: "Coder", step, ...label });
  await stage.analyzer.drain();
  await stage.client.call("judgeBlame", { trace_id: runs[2] as string, body: { verdict: "confirm" } });
  await stage.analyzer.drain();
  for (const version of [1, 2]) await stage.client.call("registerDataset", { body: datasetVersion(version) });
  return { proven, replayed, step };
}

/** The card of a version that holds twice as much as the one before. */
export function datasetVersion(version: number, fields: Partial<DatasetVersion> = {}): DatasetVersion {
  const records = 12 * version;
  const kinds = { counterfactual: 6 * version, injected: 4 * version, human: 2 * version };
  const row = { records, ...kinds };
  const before = { version: version - 1, hash: "ab".repeat(32), added: 12, removed: 1, changed: 2, moved_split: 0 };
  return aDataset({
    version,
    hash: `${version}`.repeat(64),
    counts: { ...aDataset().counts, records, train: records - 3, test: 3, ...kinds },
    balance: {
      agent: [
        { value: "Coder", ...row },
        { value: "Tester", records: 2, counterfactual: 0, injected: 0, human: 2 },
      ],
      position: [{ value: "0-20 %", ...row }],
      domain: [{ value: "coding", ...row }],
      source: [{ value: "live", ...row }],
    },
    diff: version === 1 ? null : before,
    ...fields,
  });
}
