import type { FailureGroup, GroupState } from "@culprit/schemas";
import { count } from "../format.ts";
import type { AgentGroups } from "../inbox.ts";
import { type InboxRoute, inboxHref } from "../routes.ts";
import { brief } from "../text.ts";
import { GroupRow } from "./group-row.tsx";
import { Link } from "./link.tsx";

const ROWS_OF_ALL = 8;

interface AgentSectionProps {
  own: AgentGroups;
  route: InboxRoute;
  triage: (group: FailureGroup, state: GroupState) => void;
}

/** One blamed agent: its numbers, then its failure groups. */
export function AgentSection({ own, route, triage }: AgentSectionProps) {
  const { agent, groups, failures, verified } = own;
  const rows = route.agent === null ? groups.slice(0, ROWS_OF_ALL) : groups;
  const href = inboxHref({ ...route, agent });
  return (
    <section className="agent-section" data-agent={brief(agent, 120)}>
      <header className="section-head">
        <h2>
          <Link href={href}>{brief(agent, 120)}</Link>
        </h2>
        <dl className="facts">
          <Fact name="failures" value={count(failures)} />
          <Fact name="verified" value={`${count(verified)} of ${count(failures)}`} />
        </dl>
      </header>
      <ul>
        {rows.map((group) => (
          <GroupRow key={group.group_id} group={group} since={route.since} triage={(state) => triage(group, state)} />
        ))}
      </ul>
      {rows.length < groups.length && (
        <p className="more">
          <Link href={href}>
            All {count(groups.length)} groups of {brief(agent, 120)}
          </Link>
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
