import { ask, type Status } from "../api.ts";
import { count } from "../format.ts";
import { type LiveState, ofRuns, useLiveState } from "../live.ts";
import { usePolled } from "../polling.ts";
import type { Route } from "../routes.ts";
import { Link } from "./link.tsx";

const VIEWS: readonly { href: string; name: string; views: readonly Route["view"][] }[] = [
  { href: "/", name: "Failures", views: ["inbox", "group", "run", "replay"] },
  { href: "/agents", name: "Agents", views: ["agents"] },
  { href: "/datasets", name: "Datasets", views: ["datasets", "dataset"] },
  { href: "/quality", name: "Quality", views: ["quality"] },
  { href: "/alerts", name: "Alerts", views: ["alerts"] },
  { href: "/settings", name: "Settings", views: ["settings"] },
];

const UPDATES: Record<LiveState, string> = {
  live: "The collector tells this page what changes, as it does.",
  polling: "The collector tells nothing as it happens: this page asks every few seconds.",
};

const pause = (): number => 4000;

/** The name, the views, and the state of the store in one line. */
export function TopBar({ route }: { route: Route }) {
  const status = usePolled("status", pause, (signal) => ask("status", {}, signal), ofRuns);
  const live = useLiveState();
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
      <nav className="views" aria-label="Views">
        {VIEWS.map(({ href, name, views }) => (
          <Link key={href} href={href} aria-current={views.includes(route.view) ? "page" : undefined}>
            {name}
          </Link>
        ))}
      </nav>
      <p
        className="store-state"
        data-live={status.data !== undefined && !status.failure}
        data-updates={live}
        title={UPDATES[live]}
      >
        <span className="live-dot" aria-hidden="true" />
        <span className="live-word">{status.failure ? "Disconnected" : live === "live" ? "Live" : "Polling"}</span>
        {!status.failure && <span className="store-counts">{status.data ? counts(status.data) : "Connecting"}</span>}
      </p>
    </header>
  );
}

function counts(status: Status): string {
  const pieces = [`${count(status.runs)} runs`, `${count(status.failed)} failed`];
  if (status.backlog > 0) pieces.push(`${count(status.backlog)} waiting`);
  return pieces.join(" · ");
}
