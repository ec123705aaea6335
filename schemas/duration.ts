import { z } from "zod";

/** `90s`, `15m`, `24h`, `7d`: how far back a list looks. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, "a duration is a number with s, m, h or d, such as 24h");

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds in a duration that {@link durationSchema} accepted. */
export function durationSeconds(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT_SECONDS[duration.slice(-1)] ?? 1);
}
