import type { Status } from "../api.ts";
import { plural } from "../format.ts";
import { type InboxRoute, inboxHref } from "../routes.ts";
import { brief } from "../text.ts";
import { Command } from "./command.tsx";
import { Link } from "./link.tsx";
import { Notice } from "./notice.tsx";

const RETURNS = {
  resolved: "It opens again by itself when the failure comes back.",
  ignored: "It stays out of the way until you open it again.",
} as const;

/** No failure to show: says why, and teaches the next command. */
export function EmptyInbox({
  status,
  route,
  triaged = false,
}: {
  status: Status | undefined;
  route: InboxRoute;
  /** The window has failures, and none of them is open. */
  triaged?: boolean;
}) {
  const { agent, state, since } = route;
  if (agent !== null) {
    return (
      <Notice title={`No ${state} failure is blamed on ${brief(agent, 120)} here`}>
        <p>
          <Link href={inboxHref({ since, state })}>See every agent</Link>
        </p>
      </Notice>
    );
  }
  if (state !== "open") {
    return (
      <Notice title={`Nothing is ${state} here`}>
        <p>
          A group is {state} from the open ones: walk with <kbd>j</kbd> and <kbd>k</kbd>, press{" "}
          <kbd>{state.slice(0, 1)}</kbd>. {RETURNS[state]}
        </p>
        <p>
          <Link href={inboxHref({ since })}>See the open ones</Link>
        </p>
      </Notice>
    );
  }
  if (status && status.failed > 0 && triaged) {
    return (
      <Notice title="Nothing is open">
        <p>Every failure of this window is resolved, ignored, ruled out, or still to be looked at.</p>
      </Notice>
    );
  }
  if (status && status.failed > 0) {
    return (
      <Notice title="No failed run in this window">
        <p>
          The store holds {plural(status.failed, "older failed run")}.{" "}
          <Link href={inboxHref({ since: "3650d" })}>Show all of them</Link>
        </p>
      </Notice>
    );
  }
  if (status && status.runs > 0) {
    return (
      <Notice title="Nothing failed">
        <p>
          {plural(status.runs, "run")} stored, none reported as a failure. A run counts as failed when its outcome says
          so:
        </p>
        <Command>{'await reportOutcome({ outcome: "failure", feedback: "2 of 5 tests failed" })'}</Command>
      </Notice>
    );
  }
  return (
    <Notice title="No runs yet">
      <p>Watch the whole loop on an example system, no key and no GPU needed:</p>
      <Command>npm run quickstart -- --keep</Command>
      <p>Or bring trajectories you already have:</p>
      <Command>culprit import path/to/trajectories</Command>
      <p>Or point any OpenTelemetry exporter at this collector:</p>
      <Command>{`OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}`}</Command>
    </Notice>
  );
}
