import { count, percent, plural } from "../format.ts";
import type { FailureGroup } from "../inbox.ts";
import { inboxHref, type Route } from "../routes.ts";
import { brief } from "../text.ts";
import { Link } from "./link.tsx";
import { RunRow } from "./run-row.tsx";
import { When } from "./when.tsx";

const ROWS_OF_ALL = 8;

/** One blamed agent: its numbers, then its failed runs. */
export function Group({ group, route }: { group: FailureGroup; route: Extract<Route, { view: "inbox" }> }) {
  const { agent, stats, runs } = group;
  const filtered = route.unattributed || route.agent !== null;
  const rows = filtered ? runs : runs.slice(0, ROWS_OF_ALL);
  const href = inboxHref({ agent, unattributed: agent === null, since: route.since });
  const hidden = rows.length < runs.length || group.more;
  return (
    <section className={agent === null ? "group group-open" : "group"} data-agent={brief(agent ?? "", 120)}>
      <header className="group-head">
        <h2>
          <Link href={href}>{agent === null ? "Not attributed yet" : brief(agent, 120)}</Link>
        </h2>
        {stats && (
          <dl className="facts">
            <Fact name="failures" value={count(stats.failures)} />
            <Fact name="verified" value={`${count(stats.verified)} of ${count(stats.failures)}`} />
            <Fact
              name="mean confidence"
              value={stats.mean_confidence === null ? "–" : percent(stats.mean_confidence)}
            />
            <div>
              <dt>last seen</dt>
              <dd>
                <When at={stats.last_seen} />
              </dd>
            </div>
          </dl>
        )}
        {agent === null && (
          <p className="muted">Failed, and no strategy has named an agent. A run is looked at once it settles.</p>
        )}
      </header>
      <ul className="runs">
        {rows.map((run) => (
          <RunRow key={run.trace_id} run={run} />
        ))}
      </ul>
      {hidden && !filtered && (
        <p className="more">
          <Link href={href}>
            {stats ? `All ${plural(stats.failures, "failed run")} of ${brief(agent ?? "", 120)}` : "All of them"}
          </Link>
        </p>
      )}
      {hidden && filtered && (
        <p className="more muted">
          The newest {count(rows.length)} are shown. The rest:{" "}
          <code>culprit traces --outcome failure --limit 1000</code>
        </p>
      )}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
