import { CulpritError, type Scope } from "@culprit/schemas";
import type { Context } from "hono";

/** Who is asking: one project, what may be done in it. Every row read or written for a request is of this project. */
export interface Access {
  readonly project: string;
  readonly scopes: readonly Scope[];
  /** The public id of the key; empty for the bootstrap key and where no key is asked for. */
  readonly key_id: string;
  /**
   * Runs this installation: may manage the keys of every project and delete any of them. Reads no other project's runs
   * either.
   */
  readonly operator: boolean;
  /** Takes spans (or log records) off the key's allowance. Called once they are decoded, before they are stored. */
  spend(spans: number): void;
}

declare module "hono" {
  interface ContextVariableMap {
    access: Access;
  }
}

/** Who sent a request, as the guard found out. */
export function accessOf(context: Context): Access {
  const access = context.get("access") as Access | undefined;
  if (access) return access;
  throw new Error("a route was reached without passing the guard");
}

/** Why `access` may not do what needs these scopes, or undefined when it may. */
export function missingScope(access: Access, needed: readonly Scope[]): CulpritError | undefined {
  const missing = needed.find((scope) => !access.scopes.includes(scope) && !access.scopes.includes("admin"));
  if (missing === undefined) return undefined;
  return new CulpritError("forbidden_scope", `This key may not do that: it lacks the scope ${missing}.`, {
    mend: `Use a key with it; \`culprit keys create --scope ${missing}\` makes one.`,
  });
}

/** A key has sent more than it may, for now. */
export class LimitError extends CulpritError {
  /** When to try again, in whole seconds, at least 1. */
  readonly retryAfterSeconds: number;

  constructor(code: "rate_limited" | "quota_exceeded", message: string, mend: string, retryAfterSeconds: number) {
    super(code, message, { mend });
    this.name = "LimitError";
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}
