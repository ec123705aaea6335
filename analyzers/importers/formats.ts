import { agentrx } from "./agentrx.ts";
import type { ImportFormat } from "./format.ts";
import { masSim } from "./mas-sim.ts";
import { miniSweAgent } from "./mini-swe-agent.ts";
import { promas } from "./promas.ts";
import { tracertraj } from "./tracertraj.ts";
import { trail } from "./trail.ts";
import { whoAndWhen } from "./who-and-when.ts";

/** Every format there is, most particular marks first: detection takes the first that fits. */
export const IMPORT_FORMATS: readonly ImportFormat[] = [
  masSim,
  trail,
  agentrx,
  tracertraj,
  whoAndWhen,
  promas,
  miniSweAgent,
];
