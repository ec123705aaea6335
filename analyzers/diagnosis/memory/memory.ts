import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Annotation, CulpritError, type Trajectory } from "@culprit/schemas";
import { z } from "zod";
import { wilson } from "../../evaluation/wilson.ts";
import { replaceFile } from "../agent/state.ts";
import type { Diagnosis } from "../diagnosis.ts";
import { RULES, type RuleName } from "../rules/finding.ts";
import { agentKind, keyOf, type Pattern, patternOf, type Remembered, rememberedSchema } from "./pattern.ts";

/** What was learnt of the failures of one kind of agent. */
export interface Memory {
  /** Patterns of a kind of agent, those that helped most first. A file that is damaged is empty; a foreign entry in it is left out. */
  recall(kind: string): Promise<Remembered[]>;
  /**
   * Remembers the patterns of a diagnosis, and, where the run has labels, whether they pointed at the labelled step.
   *
   * @throws CulpritError `memory_locked`, `output_unwritable`
   */
  learn(
    trajectory: Pick<Trajectory, "source" | "trace_id">,
    diagnosis: Diagnosis,
    labels?: readonly Pick<Annotation, "step" | "verdict">[],
  ): Promise<void>;
}

export interface MemoryOptions {
  /** One file a kind of agent lies there. */
  directory: string;
  /** Patterns that are kept of a kind. */
  most?: number | undefined;
  now?: (() => number) | undefined;
}

const MOST = 200;
const LOCK_MS = 10_000;
const STALE_MS = 5_000;
const LONGEST_FILE = 1 << 20;
const fileSchema = z.object({ version: z.literal(1), patterns: z.array(z.unknown()) });

/** Failure patterns across runs, in files that several processes may write at a time. */
export function createMemory({ directory, most = MOST, now = Date.now }: MemoryOptions): Memory {
  const pathOf = (kind: string) => join(directory, `${/^[a-z0-9][a-z0-9-]{0,40}$/.test(kind) ? kind : "other"}.json`);

  const read = async (path: string): Promise<Remembered[]> => {
    try {
      const text = await readFile(path, "utf8");
      if (text.length > LONGEST_FILE) return [];
      const { patterns } = fileSchema.parse(JSON.parse(text));
      // What does not have exactly the shape of ours, somebody else wrote.
      return patterns.flatMap((pattern) => rememberedSchema.safeParse(pattern).data ?? []);
    } catch {
      return [];
    }
  };

  return {
    recall: async (kind) => (await read(pathOf(kind))).sort((left, right) => worth(right) - worth(left)),
    async learn(trajectory, diagnosis, labels = []) {
      const seen = patternsOf(
        diagnosis,
        labels.filter(({ verdict }) => verdict === "confirmed"),
      );
      if (seen.length === 0) return;
      const path = pathOf(agentKind(trajectory));
      await locked(path, async () => {
        const known = new Map((await read(path)).map((pattern) => [keyOf(pattern), pattern]));
        for (const { pattern, helped, hurt } of seen) {
          const before = known.get(keyOf(pattern));
          known.set(keyOf(pattern), {
            ...pattern,
            seen: (before?.seen ?? 0) + 1,
            helped: (before?.helped ?? 0) + helped,
            hurt: (before?.hurt ?? 0) + hurt,
            last: new Date(now()).toISOString(),
          });
        }
        const kept = [...known.values()]
          .sort((left, right) => keeping(right) - keeping(left) || right.last.localeCompare(left.last))
          .slice(0, most);
        await replaceFile(path, `${JSON.stringify({ version: 1, patterns: kept }, null, 1)}\n`);
      });
    },
  };
}

/** The patterns of a run, each once, with what the labels say of it. */
function patternsOf(
  diagnosis: Diagnosis,
  labels: readonly { step: number }[],
): { pattern: Pattern; helped: number; hurt: number }[] {
  const found = new Map<string, { pattern: Pattern; hit: boolean }>();
  for (const finding of diagnosis.findings) {
    const pattern = patternOf(finding, diagnosis);
    if (pattern === undefined) continue;
    const hit = labels.some(({ step }) => step === finding.step) || found.get(keyOf(pattern))?.hit === true;
    found.set(keyOf(pattern), { pattern, hit });
  }
  const verified = labels.length > 0;
  return [...found.values()].map(({ pattern, hit }) => ({
    pattern,
    helped: verified && hit ? 1 : 0,
    hurt: verified && !hit ? 1 : 0,
  }));
}

/** The least share of verified runs that it helped in, at 95 %. */
function worth({ helped, hurt }: Remembered): number {
  return helped + hurt === 0 ? 0 : wilson(helped, helped + hurt).low;
}

/** What was verified is kept before what was only seen. */
function keeping(pattern: Remembered): number {
  return 1_000 * (pattern.helped + pattern.hurt) + pattern.seen;
}

/** Verified runs from which on a pattern is told to a model. */
const FEWEST = 3;
const MOST_TOLD = 12;

/** What a model is told of earlier runs: sentences of ours with numbers in them. */
export function memoryLines(patterns: readonly Remembered[]): string[] {
  return patterns
    .filter(({ helped, hurt }) => helped + hurt >= FEWEST)
    .slice(0, MOST_TOLD)
    .map(
      ({ rule, class: own, error, position, helped, hurt }) =>
        `- “${RULES[rule]}” (${own} step${error === "none" ? "" : `, ${error} error`}, ${position} in the run): the decisive step in ${helped} of ${helped + hurt} verified runs.`,
    );
}

const FULL_WEIGHT = 10;

/** How much more, or less, each rule's finding weighs after what was verified: at most ±1. */
export function learntWeights(patterns: readonly Remembered[]): Partial<Record<RuleName, number>> {
  const tally = new Map<RuleName, { helped: number; all: number }>();
  for (const { rule, helped, hurt } of patterns) {
    const own = tally.get(rule) ?? { helped: 0, all: 0 };
    tally.set(rule, { helped: own.helped + helped, all: own.all + helped + hurt });
  }
  return Object.fromEntries(
    [...tally].flatMap(([rule, { helped, all }]) =>
      all === 0 ? [] : [[rule, (2 * (helped / all) - 1) * Math.min(1, all / FULL_WEIGHT)]],
    ),
  );
}

async function locked(path: string, work: () => Promise<void>): Promise<void> {
  const lock = `${path}.lock`;
  await mkdir(join(path, ".."), { recursive: true });
  const until = Date.now() + LOCK_MS;
  for (;;) {
    try {
      await (await open(lock, "wx")).close();
      break;
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
      if (await isStale(lock)) {
        // One of those who see it takes it away; the name is only theirs.
        const aside = `${lock}.${randomUUID()}`;
        await rename(lock, aside).then(
          () => rm(aside, { force: true }),
          () => {},
        );
        continue;
      }
      if (Date.now() > until) {
        throw new CulpritError("memory_locked", `Another process holds ${lock}.`, {
          mend: "Remove it if none is running.",
        });
      }
      await pause(5 + Math.random() * 20);
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function isStale(lock: string): Promise<boolean> {
  const info = await stat(lock).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > STALE_MS;
}
