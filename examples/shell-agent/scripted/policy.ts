import type { ChatMessage, PolicyAnswer } from "../../scripted-endpoint/policies/conversation.ts";
import { digest } from "../../scripted-endpoint/policies/conversation.ts";
import type { Project } from "../projects/project.ts";
import { FAULT_KINDS, type Fault, type FaultKind, faultOf, slipOf } from "./faults.ts";
import { type Act, type Planned, planOf, repairOf } from "./plan.ts";

/** How an attempt at a project goes, by construction. */
export interface Story {
  fault: FaultKind | null;
  /** It mistypes something first and notices at once. */
  slip: boolean;
}

export const FLAWLESS: Story = { fault: null, slip: false };

/** One turn of the conversation so far. */
export interface Turn {
  command: string;
  observation: string;
}

/** What the scripted agent does next: a pure function of the story and of what happened so far. */
export function nextAct(story: Story, project: Project, past: readonly Turn[]): Act {
  const progress = new Progress(story, project);
  for (const turn of past) progress.took(turn);
  return progress.next();
}

class Progress {
  readonly #story: Story;
  readonly #plan: Planned[];
  readonly #repair: Act;
  readonly #slip: Fault;
  readonly #faults: Map<FaultKind, Fault>;
  readonly #done = new Set<string>();
  #last = "";
  #testsFail = false;
  #slipped = false;
  #repaired = false;

  constructor(story: Story, project: Project) {
    this.#story = story;
    this.#plan = planOf(project);
    this.#repair = repairOf(project);
    this.#slip = slipOf(project);
    this.#faults = new Map(
      FAULT_KINDS.flatMap((kind) => {
        const fault = faultOf(kind, project);
        return fault === null ? [] : [[kind, fault] as const];
      }),
    );
  }

  next(): Act {
    const submit = this.#plan.at(-1) as Planned;
    const pending = this.#plan.find(({ key }) => !this.#done.has(key)) ?? submit;
    const edited = this.#plan.every(({ key }) => !key.startsWith("edit") || this.#done.has(key));
    if (this.#testsFail && edited && !this.#repaired) return this.#repair;
    const fault = this.#story.fault === null ? undefined : this.#faults.get(this.#story.fault);
    if (fault?.follows !== undefined && this.#last === fault.command) return fault.follows;
    if (this.#story.slip && pending.key === this.#slip.at && !this.#slipped) return this.#slip;
    return fault?.at === pending.key ? fault : pending;
  }

  /** A command nobody here thought of, such as somebody's correction, counts as what was due. */
  took({ command, observation }: Turn): void {
    const act = this.#known(command) ?? this.next();
    const verified = this.#plan.some((planned) => planned.key.startsWith("verify") && planned.command === command);
    for (const key of act.counts) this.#done.add(key);
    if (act === this.#slip) this.#slipped = true;
    if (act.command === this.#repair.command) {
      this.#repaired = true;
      for (const { key } of this.#plan) if (key.startsWith("verify")) this.#done.delete(key);
    }
    if (verified && !observation.includes("<returncode>")) return;
    if (verified) this.#testsFail = !observation.includes("<returncode>0</returncode>");
    this.#last = command;
  }

  /** The same command may stand in the plan twice, such as the tests: the first time that is still to come. */
  #known(command: string): Act | undefined {
    const planned = this.#plan.filter((act) => act.command === command);
    const faults = [...this.#faults.values()].flatMap((fault) => (fault.follows ? [fault, fault.follows] : [fault]));
    return (
      planned.find(({ key }) => !this.#done.has(key)) ??
      planned[0] ??
      [this.#slip, this.#repair, ...faults].find((act) => act.command === command)
    );
  }
}

/** The commands of a conversation and what they printed. */
export function turnsOf(messages: readonly ChatMessage[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    for (const call of message.tool_calls) turns.push({ command: commandOf(call.arguments), observation: "" });
    const last = turns.at(-1);
    if (message.role === "tool" && last !== undefined) last.observation = message.content;
  }
  return turns;
}

function commandOf(given: string): string {
  try {
    return String((JSON.parse(given) as { command?: unknown }).command ?? "");
  } catch {
    return "";
  }
}

/** An act as the model's answer. */
export function answerOf(act: Act, turn: number): PolicyAnswer {
  const given = JSON.stringify({ command: act.command });
  return {
    content: act.thought,
    tool_calls: [{ id: `call_${digest(`${turn} ${given}`).slice(0, 12)}`, name: "bash", arguments: given }],
  };
}
