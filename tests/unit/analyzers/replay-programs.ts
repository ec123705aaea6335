import { createHash } from "node:crypto";
import { tool } from "@culprit/instrumentation";
import type { Step } from "@culprit/schemas";
import fc from "fast-check";
import type OpenAI from "openai";
import { ask, scriptedClient } from "./replay-system.ts";

/** A node of a generated multi-agent program: an agent or a tool that works on what earlier nodes said. */
export interface Node {
  actor: string;
  kind: "agent" | "tool";
  operation: keyof typeof OPERATIONS;
  /** Earlier nodes; none works on the task's number. */
  inputs: number[];
}

export interface Program {
  nodes: Node[];
  start: number;
  /** Decides which requests are answered wrongly. */
  seed: number;
  /** One request in so many is. */
  rarity: number;
}

/** Some of them hide a difference in their inputs, so that mistakes can be without effect. */
const OPERATIONS = {
  sum: (values: number[]) => values.reduce((total, value) => total + value, 0) % 50,
  largest: (values: number[]) => Math.max(...values),
  smallest: (values: number[]) => Math.min(...values),
  half: (values: number[]) => Math.floor((values[0] ?? 0) / 2),
  parity: (values: number[]) => (values[0] ?? 0) % 2,
  first: (values: number[]) => values[0] ?? 0,
};

const operation = fc.constantFrom(...(Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[]));

export const programs: fc.Arbitrary<Program> = fc
  .record({
    shapes: fc.array(
      fc.record({
        actor: fc.constantFrom("Ada", "Ben", "Cleo"),
        isTool: fc.integer({ min: 0, max: 4 }).map((roll) => roll === 0),
        operation,
        reach: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 2, maxLength: 8 },
    ),
    start: fc.integer({ min: 1, max: 49 }),
    seed: fc.nat(1_000_000),
    rarity: fc.integer({ min: 2, max: 5 }),
  })
  .map(({ shapes, start, seed, rarity }) => ({
    start,
    seed,
    rarity,
    nodes: shapes.map(({ actor, isTool, operation: does, reach }, index): Node => {
      const inputs = index === 0 ? [] : [...new Set(reach.map((back) => index - 1 - (back % index)))];
      return { actor: isTool ? "calculate" : actor, kind: isTool ? "tool" : "agent", operation: does, inputs };
    }),
  }));

/** Nodes that can work at the same time, in the order they are started. */
export function layersOf({ nodes }: Program): number[][] {
  const depths: number[] = [];
  const layers: number[][] = [];
  nodes.forEach((node, index) => {
    const depth = Math.max(-1, ...node.inputs.map((input) => depths[input] ?? 0)) + 1;
    depths.push(depth);
    layers[depth] = [...(layers[depth] ?? []), index];
  });
  return layers;
}

const right = (does: keyof typeof OPERATIONS, values: number[]) => OPERATIONS[does](values);

/** What an agent answers: wrong by three for some requests, always the same ones. */
function answer(program: Program, actor: string, does: keyof typeof OPERATIONS, values: number[]): number {
  const roll = createHash("sha256").update(`${program.seed}/${actor}/${does}/${values}`).digest().readUInt32BE(0);
  return right(does, values) + (roll % program.rarity === 0 ? 3 : 0);
}

type Policy = (node: Node, values: number[], index: number) => number;

/** Works the program out without running it. */
function simulate(program: Program, policy: Policy): { values: number[]; final: number } {
  const values: number[] = [];
  program.nodes.forEach((node, index) => {
    const given = node.inputs.length === 0 ? [program.start] : node.inputs.map((input) => values[input] ?? 0);
    values.push(node.kind === "tool" ? right(node.operation, given) : policy(node, given, index));
  });
  return { values, final: values.at(-1) ?? 0 };
}

/**
 * The truth about a program, by the definition and without any replay: does it fail, and which is the earliest step
 * that would have saved it, alone.
 */
export function truthOf(program: Program): { fails: boolean; decisive: { agent: string; step: number } | null } {
  const wanted = simulate(program, (node, values) => right(node.operation, values)).final;
  const usual: Policy = (node, values) => answer(program, node.actor, node.operation, values);
  if (simulate(program, usual).final === wanted) return { fails: false, decisive: null };
  const order = layersOf(program).flat();
  for (const [step, index] of order.entries()) {
    const node = program.nodes[index];
    if (node?.kind !== "agent") continue;
    const corrected = simulate(program, (other, values, at) =>
      at === index ? right(other.operation, values) : usual(other, values, at),
    );
    if (corrected.final === wanted) return { fails: true, decisive: { agent: node.actor, step } };
  }
  return { fails: true, decisive: null };
}

/** Whether two siblings ask the very same thing, so that nothing but their order tells them apart. */
export function hasTwins(program: Program): boolean {
  const { values } = simulate(program, (node, given) => answer(program, node.actor, node.operation, given));
  return layersOf(program).some((layer) => {
    const asked = layer.map((index) => {
      const { actor, operation: does, inputs } = program.nodes[index] ?? { inputs: [] };
      return JSON.stringify([actor, does, inputs.map((input) => values[input])]);
    });
    return new Set(asked).size < asked.length;
  });
}

const parse = (text: string) => {
  const [does = "first", given = ""] = text.split(" of ");
  return { does: does as keyof typeof OPERATIONS, values: given.split(", ").map(Number) };
};

/** The program as a running system: real SDK, scripted model. */
export function systemOf(program: Program): { run: (reversed?: boolean) => Promise<boolean>; toolCalls: () => number } {
  let toolCalls = 0;
  const client: OpenAI = scriptedClient(({ agent, text }) => {
    const { does, values } = parse(text);
    return String(answer(program, agent, does, values));
  });
  const calculate = tool("calculate", (does: keyof typeof OPERATIONS, values: number[]) => {
    toolCalls++;
    return right(does, values);
  });
  const wanted = simulate(program, (node, values) => right(node.operation, values)).final;
  const work = async (node: Node, given: number[]): Promise<number> =>
    node.kind === "tool"
      ? calculate(node.operation, given)
      : Number(await ask(client, node.actor, `${node.operation} of ${given.join(", ")}`));
  return {
    toolCalls: () => toolCalls,
    run: async (reversed = false) => {
      const values: number[] = [];
      for (const layer of layersOf(program)) {
        const started = (reversed ? layer.toReversed() : layer).map(async (index) => {
          const node = program.nodes[index];
          if (node === undefined) return;
          const given = node.inputs.length === 0 ? [program.start] : node.inputs.map((input) => values[input] ?? 0);
          values[index] = await work(node, given);
        });
        await Promise.all(started);
      }
      return values[program.nodes.length - 1] === wanted;
    },
  };
}

/** The right answer to what a step was asked; null when it was given. */
export function correct({ step }: { step: Step }): string | null {
  const text = step.input.at(-1)?.parts[0]?.content;
  const { does, values } = parse(String(text));
  const wanted = String(right(does, values));
  return wanted === step.content ? null : wanted;
}
