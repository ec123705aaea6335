import { z } from "zod";

/** The built-in redaction rules (`collector/privacy/built-in-rules.ts` has the patterns). All are on unless skipped. */
export const REDACTION_RULES = [
  "private_key",
  "aws_key",
  "google_key",
  "azure_key",
  "github_token",
  "gitlab_token",
  "slack_token",
  "openai_key",
  "anthropic_key",
  "huggingface_token",
  "stripe_key",
  "npm_token",
  "culprit_key",
  "jwt",
  "bearer_token",
  "url_password",
  "secret_assignment",
  "email",
] as const;
export type RedactionRuleName = (typeof REDACTION_RULES)[number];

/** A rule of one's own: what the pattern matches is replaced by `[redacted:NAME]` before anything is stored. */
export const redactRuleSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,40}$/, "a rule's name is 1 to 40 letters, digits, dots, dashes or underscores")
    .refine((name) => !(REDACTION_RULES as readonly string[]).includes(name), "a built-in rule has this name"),
  /** RE2 syntax: no look-around and no back-references, so that no input makes it slow. */
  pattern: z.string().min(1).max(2000),
  /** Text that every match contains: strings without it are not searched, which is much cheaper. */
  contains: z.string().min(1).optional(),
});
export type RedactRule = z.infer<typeof redactRuleSchema>;

/** What one project does otherwise than the settings say. */
export const projectSettingsSchema = z.strictObject({
  /** See the setting of the same name. */
  capture_content: z.boolean().optional(),
  /** See the setting of the same name; null keeps for ever. */
  retention_days: z.number().positive().nullable().optional(),
});
export type ProjectSettings = z.infer<typeof projectSettingsSchema>;
