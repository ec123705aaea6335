import { count } from "../format.ts";
import type { Inbox } from "../inbox.ts";
import { type InboxRoute, inboxHref, type Ungrouped } from "../routes.ts";
import { brief } from "../text.ts";
import { Link } from "./link.tsx";

/** Every blamed agent with its share of the failures, then what is in no group; each is a filter. */
export function AgentRail({ inbox, route }: { inbox: Inbox; route: InboxRoute }) {
  const { since, state } = route;
  const { none, refuted } = inbox.figures.statuses;
  const total = inbox.agents.reduce((sum, { failures }) => sum + failures, 0);
  const most = Math.max(1, none, refuted, ...inbox.agents.map(({ failures }) => failures));
  const rest: [Ungrouped, string, number][] = [
    ["none", "Not attributed yet", none],
    ["refuted", "Ruled out", refuted],
  ];
  return (
    <nav className="rail" aria-label="Blamed agents">
      <ul>
        <li>
          <Link
            href={inboxHref({ since, state })}
            aria-current={route.agent === null && route.ungrouped === null ? "true" : undefined}
          >
            <span className="rail-name">All agents</span>
            <span className="number">{count(total)}</span>
          </Link>
        </li>
        {inbox.agents.map(({ agent, failures }) => (
          <li key={agent}>
            <Link href={inboxHref({ agent, since, state })} aria-current={route.agent === agent ? "true" : undefined}>
              <span className="rail-name" title={brief(agent, 200)}>
                {brief(agent, 120)}
              </span>
              <span className="number">{count(failures)}</span>
              <Share of={failures / most} />
            </Link>
          </li>
        ))}
        {rest.map(
          ([ungrouped, name, runs]) =>
            (runs > 0 || route.ungrouped === ungrouped) && (
              <li key={ungrouped}>
                <Link
                  href={inboxHref({ ungrouped, since })}
                  aria-current={route.ungrouped === ungrouped ? "true" : undefined}
                >
                  <span className="rail-name quiet">{name}</span>
                  <span className="number">{count(runs)}</span>
                  <Share of={runs / most} quiet />
                </Link>
              </li>
            ),
        )}
      </ul>
    </nav>
  );
}

function Share({ of, quiet = false }: { of: number; quiet?: boolean }) {
  return (
    <svg
      className={quiet ? "share share-quiet" : "share"}
      viewBox="0 0 100 2"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect width={of * 100} height="2" />
    </svg>
  );
}
