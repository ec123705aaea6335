import { agentracer } from "./agentracer.ts";
import { agentrx } from "./agentrx.ts";
import { atif } from "./atif.ts";
import { claudeCode } from "./claude-code.ts";
import type { FolderFormat, ImportFormat } from "./format.ts";
import { masSim } from "./mas-sim.ts";
import { metagpt } from "./metagpt.ts";
import { miniSweAgent } from "./mini-swe-agent.ts";
import { openhands, openhandsSession } from "./openhands.ts";
import { promas } from "./promas.ts";
import { sweAgent } from "./swe-agent.ts";
import { terminalBenchTrial } from "./terminal-bench-trial.ts";
import { terminus2 } from "./terminus2.ts";
import { tracertraj } from "./tracertraj.ts";
import { trail } from "./trail.ts";
import { whoAndWhen } from "./who-and-when.ts";

/** Every format whose runs are files, most particular marks first: detection takes the first that fits. */
export const IMPORT_FORMATS: readonly ImportFormat[] = [
  masSim,
  trail,
  agentrx,
  agentracer,
  tracertraj,
  whoAndWhen,
  promas,
  atif,
  sweAgent,
  miniSweAgent,
  openhands,
  claudeCode,
  metagpt,
];

/** Every format whose runs are folders of files, most particular marks first. */
export const FOLDER_FORMATS: readonly FolderFormat[] = [terminus2, openhandsSession, terminalBenchTrial];
