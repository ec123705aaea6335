import { type Random, seededRandom } from "@culprit/analyzers";
import type { DatasetRecord } from "@culprit/schemas";

const AGENTS = ["Ann", "Bob", "Cleo"] as const;
const FINE = [
  "Read the order and noted every item.",
  "Checked the total against the list.",
  "Packed the box as written.",
  "Confirmed the address with the customer.",
  "Wrote the label and read it back.",
  "Weighed the parcel.",
] as const;
const FAULTS = ["Skipped the check.", "Guessed the total.", "Left one item out."] as const;

export interface SyntheticOptions {
  /** Steps of every run. */
  steps?: number;
  /** Characters each step is filled up to; its sentence alone where absent. */
  stepCharacters?: number;
  /** Runs of one task; one task never straddles splits. */
  runsPerTask?: number;
  /** How many different sentences the steps are made of; the last third of them are faults. */
  sentences?: number;
}

/**
 * Made-up failed runs whose culprit can be read off the text: exactly one step of each says that something was left
 * undone. Which agent that is and at which step is spread evenly, so no constant answer does well.
 */
export function* syntheticRecords(
  count: number,
  { steps = 4, stepCharacters = 0, runsPerTask = 4, sentences = 9 }: SyntheticOptions = {},
): Generator<DatasetRecord> {
  const random = seededRandom("synthetic-records");
  for (let at = 0; at < count; at++) yield record(at, random, { steps, stepCharacters, runsPerTask, sentences });
}

function record(at: number, random: Random, options: Required<SyntheticOptions>) {
  const { steps, stepCharacters, runsPerTask, sentences } = options;
  const faults = FAULTS.slice(0, Math.max(1, Math.floor(sentences / 3)));
  const fine = FINE.slice(0, Math.max(1, sentences - faults.length));
  const team = random.shuffled(AGENTS).slice(0, 2);
  const wrong = random.whole(steps);
  const history = Array.from({ length: steps }, (_, step) => ({
    step,
    name: random.pick(team) ?? "Ann",
    role: "agent" as const,
    content: filled(random.pick(step === wrong ? faults : fine) ?? "", stepCharacters, random),
  }));
  const task = Math.floor(at / runsPerTask);
  return {
    id: at.toString(16).padStart(32, "0"),
    task_id: `order-${task}`,
    source: "synthetic",
    question: `Send out order ${task % 100}.`,
    ground_truth: "",
    agents: [...team],
    history,
    mistake_agent: history[wrong]?.name ?? "",
    mistake_step: wrong,
    mistake_reason: "The step left undone what it was for.",
    evidence: "injected" as const,
    split: "train" as const,
  } satisfies DatasetRecord;
}

function filled(text: string, characters: number, random: Random): string {
  let long = text;
  while (long.length < characters) long += ` ${random.pick(FINE) ?? ""} Reference ${random.whole(1e9)}.`;
  return long;
}
