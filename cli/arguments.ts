import type { TokenPrices } from "@culprit/analyzers";
import { durationSchema, traceIdSchema } from "@culprit/schemas";
import { InvalidArgumentError } from "commander";

/** Parsers of flag values; each names what it wants, so commander can name the flag. */
export function parseDuration(text: string): string {
  const parsed = durationSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError("Write a number with s, m, h or d, such as 24h.");
  return parsed.data;
}

export function parseLimit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000) {
    throw new InvalidArgumentError("Write a whole number from 1 to 1000.");
  }
  return value;
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("Write a whole number, 0 or more.");
  return value;
}

export function parseFolds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2) throw new InvalidArgumentError("Cross-validation needs 2 folds or more.");
  return value;
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("Write a whole number, 1 or more.");
  return value;
}

/** A share, such as a confidence. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) throw new InvalidArgumentError("Write a number from 0 to 1.");
  return value;
}

/** A number above 0, such as a rate. */
export function parseAmount(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("Write a number above 0.");
  return value;
}

export function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError("Write a port from 0 (any free one) to 65535.");
  }
  return value;
}

export function parseTraceId(text: string): string {
  const parsed = traceIdSchema.safeParse(text.toLowerCase());
  if (!parsed.success) throw new InvalidArgumentError("A trace id is 32 hex digits; `culprit traces` lists them.");
  return parsed.data;
}

/** Whether an argument is a trace id rather than a path. */
export function isTraceId(text: string): boolean {
  return traceIdSchema.safeParse(text.toLowerCase()).success;
}

/** Prices of a million tokens read and written, such as `0.25,2`. */
export function parsePrices(text: string): TokenPrices {
  const [input, output, ...rest] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const valid = (value: number | undefined) => value !== undefined && Number.isFinite(value) && value >= 0;
  if (input === undefined || output === undefined || rest.length > 0 || !valid(input) || !valid(output)) {
    throw new InvalidArgumentError("Write two numbers, such as 0.25,2.");
  }
  return { input, output };
}
