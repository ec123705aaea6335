import { z } from "zod";
import { isoTimeSchema } from "./json.ts";

/** A project's name: what every row and every key is bound to. */
export const projectNameSchema = z
  .string()
  .regex(/^[\w.-]{1,64}$/, "a project is 1 to 64 letters, digits, dots, dashes or underscores");

/**
 * What a key may do in its project: `ingest` sends spans, logs, outcomes, replays and labels, `read` reads runs and the
 * page, `admin` does both, manages the project's keys and deletes.
 */
export const SCOPES = ["ingest", "read", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

const rate = z.number().positive().nullable();

/** What one key may do per time; null leaves a limit to the settings. */
export const keyLimitsSchema = z.object({
  /** Settings: `key_requests_per_second`. */
  requests_per_second: rate.default(null),
  /** Settings: `key_spans_per_second`. */
  spans_per_second: rate.default(null),
  /** Settings: `key_spans_per_day`. A day is a UTC day. */
  spans_per_day: z.number().int().positive().nullable().default(null),
});
export type KeyLimits = z.infer<typeof keyLimitsSchema>;

/** A key as it can be shown again and again: never the key itself, nor its hash. */
export const apiKeySchema = z.object({
  /** The public part of the key, between its scope letter and its secret. */
  key_id: z.string().regex(/^[0-9A-Za-z]{8}$/),
  /** How the key begins, to recognise it by: `ck_i_3fGh7Kq0`. */
  prefix: z.string(),
  project: projectNameSchema,
  scopes: z.array(z.enum(SCOPES)).min(1),
  name: z.string(),
  limits: keyLimitsSchema,
  created_at: isoTimeSchema,
  /** When it stopped to open anything, or null. */
  revoked_at: isoTimeSchema.nullable(),
  /** To within about ten seconds; null before its first use. */
  last_used_at: isoTimeSchema.nullable(),
  /** Spans taken today (UTC). */
  spans_today: z.number().int().nonnegative(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;
