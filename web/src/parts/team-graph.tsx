import type { HandoffFigure, TeamMember } from "@culprit/schemas";
import { useMemo, useRef } from "react";
import { count, percent, plural } from "../format.ts";
import { planTeam, type TeamArc, type TeamNode } from "../team.ts";
import { brief } from "../text.ts";
import { useWidth } from "../width.ts";
import { HandoffTable } from "./handoff-table.tsx";
import { TableScroll } from "./table-scroll.tsx";

const RADIUS = 11;

/** Who acts after whom, and where failures went: drawn, and told in a table. */
export function TeamGraph({ agents, handoffs }: { agents: TeamMember[]; handoffs: HandoffFigure[] }) {
  const box = useRef<HTMLElement>(null);
  const room = useWidth(box, 900);
  const plan = useMemo(() => planTeam(agents, handoffs, room), [agents, handoffs, room]);
  if (handoffs.length === 0) {
    return (
      <section ref={box} aria-labelledby="team-title">
        <h2 id="team-title">Who hands over to whom</h2>
        <p className="muted">No run of this window has two agents that act after each other.</p>
      </section>
    );
  }
  return (
    <section ref={box} aria-labelledby="team-title">
      <h2 id="team-title">Who hands over to whom</h2>
      <p className="muted">
        Agents from left to right as they usually begin. Work that goes on arches above, work that comes back below. An
        arc is as wide as it is frequent; <span className="team-key">its solid core</span> says in how many of its runs
        a failure went along, after the blamed step. A filled disc is the share of its runs that an agent broke.
      </p>
      <TableScroll label="Hand-off graph">
        <svg
          className="team"
          viewBox={`0 0 ${plan.width} ${plan.height}`}
          width={plan.width}
          height={plan.height}
          role="img"
          aria-label={`Hand-offs of ${plural(plan.nodes.length, "agent")}; the table below says them one by one.`}
        >
          {plan.arcs.map((arc) => (
            <Arc key={JSON.stringify([arc.link.from, arc.link.to])} arc={arc} />
          ))}
          {plan.arcs.map((arc) => (
            <ArcWords key={JSON.stringify([arc.link.from, arc.link.to])} arc={arc} />
          ))}
          {plan.nodes.map((node) => (
            <Node key={node.member.agent} node={node} base={plan.base} />
          ))}
        </svg>
      </TableScroll>
      {plan.left > 0 && <p className="muted">{plural(plan.left, "agent")} with fewer runs: in the table alone.</p>}
      <HandoffTable handoffs={handoffs} />
    </section>
  );
}

function Arc({ arc: { link, path, width, carried } }: { arc: TeamArc }) {
  return (
    <g data-handoff={`${brief(link.from, 60)} → ${brief(link.to, 60)}`}>
      <title>{wordsOf(link)}</title>
      <path className="team-arc" d={path} strokeWidth={width} />
      {carried > 0 && <path className="team-carried" d={path} strokeWidth={Math.min(carried, width)} />}
    </g>
  );
}

function ArcWords({ arc: { link, apex, ends, back } }: { arc: TeamArc }) {
  const [way, lift] = back ? [-1, 17] : [1, -9];
  return (
    <g>
      {back && [ends.from, ends.to].map((x) => <circle key={x} className="team-head" cx={x} cy={ends.y} r="2.5" />)}
      <path className="team-head" d={`M${apex.x - 4 * way} ${apex.y - 4}l${7 * way} 4l${-7 * way} 4z`} />
      <text className="team-words" x={apex.x} y={apex.y + lift}>
        {link.carried > 0 ? (
          <tspan className="team-failed">{`${count(link.carried)} of ${count(link.failed.n)}`}</tspan>
        ) : (
          `0 of ${count(link.failed.n)}`
        )}
      </text>
    </g>
  );
}

function Node({ node: { member, x }, base }: { node: TeamNode; base: number }) {
  const { agent, blamed, failed } = member;
  const share = failed.n === 0 ? 0 : blamed / failed.n;
  return (
    <g data-agent={brief(agent, 120)}>
      <title>{`${brief(agent, 200)}: blamed in ${count(blamed)} of ${plural(failed.n, "run")}`}</title>
      <circle className="team-disc" cx={x} cy={base} r={RADIUS} />
      {share > 0 && <circle className="team-blamed" cx={x} cy={base} r={Math.sqrt(share) * (RADIUS - 2)} />}
      <text className="team-name" x={x} y={base + RADIUS + 17}>
        {brief(agent, 18)}
      </text>
      <text className="team-words" x={x} y={base + RADIUS + 33}>
        {blamed === 0 ? `0 of ${count(failed.n)} runs` : `broke ${count(blamed)} of ${count(failed.n)} runs`}
      </text>
    </g>
  );
}

function wordsOf({ from, to, failed, carried }: HandoffFigure): string {
  const rate = failed.rate === null ? "" : `, ${percent(failed.rate)} of which failed`;
  return `${brief(from, 120)} to ${brief(to, 120)}: in ${plural(failed.n, "run")}${rate}; a failure went along in ${count(carried)}`;
}
