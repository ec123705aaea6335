import { z } from "zod";

/** A boolean as models write it. */
export const yesOrNo = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^\s*(?:yes|no|true|false)\b/i)
    .transform((text) => /^\s*(?:yes|true)/i.test(text)),
]);
