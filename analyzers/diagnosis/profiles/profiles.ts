import type { z } from "zod";
import type { Diagnosis } from "../diagnosis.ts";
import { detailed } from "./detailed.ts";
import { rlFeedback } from "./rl-feedback.ts";
import { detailedSchema, rlFeedbackSchema, tracebenchSchema } from "./schemas.ts";
import { tracebench } from "./tracebench.ts";

export const PROFILE_NAMES = ["tracebench", "detailed", "rl_feedback"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

interface Profile {
  /** The file's name, as CodeTracer's readers look for it. */
  file: string;
  description: string;
  schema: z.ZodType;
  write: (diagnosis: Diagnosis) => unknown;
}

/** CodeTracer's output profiles (arXiv 2604.11641, its README). */
export const PROFILES: Record<ProfileName, Profile> = {
  tracebench: {
    file: "codetracer_labels.json",
    description: "labels a stage, for the benchmark",
    schema: tracebenchSchema,
    write: tracebench,
  },
  detailed: {
    file: "codetracer_analysis.json",
    description: "root cause chain and critical decisions",
    schema: detailedSchema,
    write: detailed,
  },
  rl_feedback: {
    file: "codetracer_rl_feedback.json",
    description: "a verdict and a reward for every step",
    schema: rlFeedbackSchema,
    write: rlFeedback,
  },
};
