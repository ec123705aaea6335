import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Diagnosis,
  diagnoseByRules,
  PROFILE_NAMES,
  PROFILES,
  type ProfileName,
  understand,
} from "@culprit/analyzers";
import { CulpritError, type Trajectory } from "@culprit/schemas";
import { Command, Option } from "commander";
import { renderDiagnosis, renderTree } from "../diagnose/render.ts";
import { readSources } from "../diagnose/sources.ts";
import { createLog } from "../log.ts";
import { createOutput } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import type { RunFlags } from "../session.ts";
import { loadSettings } from "../settings.ts";

interface DiagnoseFlags extends RunFlags {
  profile: ProfileName;
  output: string;
  outcome?: "success" | "failure";
  dryRun?: boolean;
}

/** `culprit diagnose PATH|TRACE`: wrong and useless steps of a code agent's run, and the decisive one. */
export function diagnoseCommand(): Command {
  return withRunFlags(new Command("diagnose").description("wrong and useless steps of a code agent's run (CodeTracer)"))
    .argument("<path or trace...>", "trajectory files or directories, or trace ids of stored runs")
    .addOption(new Option("--profile <profile>", "what is written").choices([...PROFILE_NAMES]).default("detailed"))
    .option("--output <dir>", "where DIR/RUN/codetracer_*.json are written", "outputs")
    .addOption(
      new Option("--outcome <outcome>", "say how the runs ended, where they do not").choices(["success", "failure"]),
    )
    .option("--dry-run", "normalise and build the tree only")
    .action(async (targets: string[], flags: DiagnoseFlags) => {
      const config = loadSettings(flags, { url: flags.url, data: flags.data });
      const output = createOutput(flags.json === true);
      const { sources, skipped } = await readSources(targets, flags, config.project);
      const log = createLog("warn");
      for (const skip of skipped) log("warn", "skipped", { path: skip.path, reason: skip.reason });
      if (flags.dryRun === true) {
        const runs = sources.map(({ id, path, trajectory }) => ({
          id,
          trace_id: trajectory.trace_id,
          path,
          ...understand(trajectory),
        }));
        output.result({ runs }, () => runs.map((run) => `${run.id}\n${renderTree(run)}`).join("\n\n"));
        return;
      }
      const diagnosed = sources.map(({ id, path, trajectory }) => {
        const diagnosis = diagnoseByRules(withOutcome(trajectory, flags.outcome));
        const document = PROFILES[flags.profile].write(diagnosis);
        return { id, path, trajectory, diagnosis, document, file: write(flags, id, document) };
      });
      output.result(
        {
          profile: flags.profile,
          diagnoses: diagnosed.map(({ trajectory, ...own }) => ({
            ...rowOf(own.diagnosis),
            id: own.id,
            trace_id: trajectory.trace_id,
            path: own.path,
            file: own.file,
            document: own.document,
          })),
        },
        () => diagnosed.map(({ id, diagnosis, file }) => renderDiagnosis(id, diagnosis, file)).join("\n\n"),
      );
    });
}

function withOutcome(trajectory: Trajectory, outcome: DiagnoseFlags["outcome"]): Trajectory {
  if (outcome === undefined || trajectory.outcome.outcome !== "unknown") return trajectory;
  return { ...trajectory, outcome: { ...trajectory.outcome, outcome, by: "reported" } };
}

function rowOf({ attribution, incorrect, unuseful, steps, stages }: Diagnosis) {
  return {
    attribution: { ...attribution, strategy: "rules" },
    incorrect: incorrect.map(({ step }) => step),
    unuseful: unuseful.map(({ step }) => step),
    steps: steps.length,
    stages: stages.length,
  };
}

function write({ output, profile }: DiagnoseFlags, id: string, document: unknown): string {
  const directory = join(output, id);
  const file = join(directory, PROFILES[profile].file);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  } catch (cause) {
    throw new CulpritError("output_unwritable", `${file} can't be written.`, {
      mend: "Name another directory with --output.",
      cause,
    });
  }
  return file;
}
