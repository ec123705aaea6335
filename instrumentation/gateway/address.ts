import { CulpritError } from "@culprit/schemas";

/** What the path of a request says: whose call it is, and which path of the upstream it means. */
export interface Address {
  /** As given in the path; empty when it is not there. */
  run: string;
  agent: string;
  /** Below `/v1`, such as `/chat/completions`. */
  path: string;
}

const SHAPE = /^(?:\/runs\/([^/]+))?(?:\/agents\/([^/]+))?\/v1(\/.*)?$/;
const OUTCOME = /^\/runs\/([^/]+)\/outcome$/;
/** Longest name of a run or an agent. */
export const LONGEST_NAME = 256;

/**
 * Reads `/runs/{run}/agents/{agent}/v1/…`, each of the two optional. Undefined for any other path.
 *
 * @param pathname as sent, without the query
 * @throws CulpritError `invalid_path` for a name that cannot be one, and for a path that could mean another place at
 *   the upstream than it seems to
 */
export function parseAddress(pathname: string): Address | undefined {
  const match = SHAPE.exec(pathname);
  if (match === null) return undefined;
  const [, run = "", agent = "", path = "/"] = match;
  refuseDetours(path);
  return { run: nameOf(run), agent: nameOf(agent), path: path.replace(/^\/+/, "/") };
}

/** The run of `/runs/{run}/outcome`; undefined for any other path. */
export function outcomeAddress(pathname: string): string | undefined {
  const run = OUTCOME.exec(pathname)?.[1];
  return run === undefined ? undefined : nameOf(run);
}

/** A name of a run or an agent, wherever it came from; one that cannot be shown on one line is refused. */
export function checkedName(name: string): string {
  if (name.length <= LONGEST_NAME && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return name;
  throw invalid(`The name of a run or an agent is at most ${LONGEST_NAME} characters on one line.`);
}

function nameOf(segment: string): string {
  return checkedName(decoded(segment));
}

function refuseDetours(path: string): void {
  const plain = decoded(path);
  const dots = plain.split("/").some((segment) => segment === "." || segment === "..");
  if (dots || /%2f|%5c|\\|[\p{Cc}]/iu.test(path) || /[\\\p{Cc}]/u.test(plain)) {
    throw invalid("The path leads round corners.");
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("The path is not valid percent-encoding.");
  }
}

function invalid(message: string): CulpritError {
  return new CulpritError("invalid_path", message, { mend: "Use /runs/RUN/agents/AGENT/v1 as base URL." });
}
