import { api, type Status } from "../api.ts";
import { count } from "../format.ts";
import { usePolled } from "../polling.ts";
import { Link } from "./link.tsx";

const pause = (): number => 4000;

/** The name, and the state of the store in one line. */
export function TopBar() {
  const status = usePolled("status", pause, api.status);
  return (
    <header className="top-bar">
      <Link href="/" className="wordmark" aria-label="Culprit, failures by agent">
        <svg viewBox="0 0 30 12" aria-hidden="true" focusable="false">
          <circle className="mark-quiet" cx="3" cy="6" r="2" />
          <circle className="mark-quiet" cx="10" cy="6" r="2" />
          <circle className="mark-loud" cx="19" cy="6" r="4.5" />
          <circle className="mark-faint" cx="28" cy="6" r="2" />
        </svg>
        culprit
      </Link>
      <p className="store-state" data-live={status.data !== undefined && !status.failure}>
        <span className="live-dot" aria-hidden="true" />
        {status.failure ? "Disconnected" : status.data ? counts(status.data) : "Connecting"}
      </p>
    </header>
  );
}

function counts(status: Status): string {
  const pieces = [`${count(status.runs)} runs`, `${count(status.failed)} failed`];
  if (status.backlog > 0) pieces.push(`${count(status.backlog)} waiting`);
  return pieces.join(" · ");
}
