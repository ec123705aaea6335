import type { DriverContext } from "../driver.ts";

/** Ω of one run: `success` is null where it could not be decided. */
export interface Ended {
  success: boolean | null;
  score?: number | null;
  feedback?: string;
}

/** What a system outside of this process is told about the run it should start again. */
export interface ExternalContext extends DriverContext {
  /** OpenAI-compatible base URL of the private gateway, for this replay alone; ends in `/v1`. */
  baseUrl: string;
  /** The same without `/v1`: `…/agents/AGENT/v1` names the agent of a call, `…/outcome` takes the outcome. */
  runUrl: string;
  /** W3C trace context, for a system that traces itself. */
  traceparent: string;
  /** The outcome that the system reports to `${runUrl}/outcome`. */
  reported: Promise<Ended>;
}

/** How a system outside of this process ended. */
export interface ExternalEnd {
  /** What it says about its outcome; null when it leaves that to a report or an evaluator. */
  outcome: Ended | null;
  /** Its answer to the task, for an evaluator; what it printed where it does not say. */
  answer: string;
}

/** Starts a system that is told where the model is. Rejects when it could not be started, or broke. */
export type ExternalDriver = (context: ExternalContext) => Promise<ExternalEnd>;
