import type { AgentFigure } from "@culprit/schemas";
import { useEffect } from "react";
import { type Course, courseOf, hottest } from "../agents.ts";
import { ask } from "../api.ts";
import { count, exactTime } from "../format.ts";
import { focusNext, useKeys } from "../keys.ts";
import { ofRuns } from "../live.ts";
import { BlameCourse } from "../parts/blame-course.tsx";
import { Command } from "../parts/command.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { HeatRow } from "../parts/heat-row.tsx";
import { Link } from "../parts/link.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { TableScroll } from "../parts/table-scroll.tsx";
import { TeamGraph } from "../parts/team-graph.tsx";
import { Whisker } from "../parts/whisker.tsx";
import { WindowPicker } from "../parts/window-picker.tsx";
import { usePolled } from "../polling.ts";
import { inboxHref, type Route, viewHref } from "../routes.ts";
import { brief } from "../text.ts";

const pause = (): number => 15_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Windows that have a beginning. */
const WINDOW_MS: Record<string, number> = { "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };

/** How often each agent breaks the runs it acts in, where in the run, and when. */
export function AgentsView({ route: { since } }: { route: Extract<Route, { view: "agents" }> }) {
  const part = since === "24h" || since === "7d" ? "hour" : "day";
  const { data, failure, refresh } = usePolled(
    `agents ${since}`,
    pause,
    async (signal) => {
      const [{ agents }, { blame }, team] = await Promise.all([
        ask("agentFigures", { since }, signal),
        ask("blameFigures", { since, part }, signal),
        ask("handoffFigures", { since }, signal),
      ]);
      return {
        agents,
        team,
        course: courseOf(blame, part === "hour" ? HOUR_MS : DAY_MS, WINDOW_MS[since] ?? null, Date.now()),
      };
    },
    ofRuns,
  );
  useEffect(() => {
    document.title = "Agents · Culprit";
  }, []);
  useKeys({ j: () => focusNext("a.row-link", 1), k: () => focusNext("a.row-link", -1) });
  return (
    <div className="inbox">
      <header className="view-head">
        <div>
          <h1>Agents</h1>
          <p className="lede">
            How often each breaks the runs it acts in, at which place, when, and where it went from there.
          </p>
        </div>
        <WindowPicker since={since} href={(other) => viewHref("agents", other)} />
      </header>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="the agents" />}
      {data && data.agents.length === 0 && <NoAgents />}
      {data && data.agents.length > 0 && (
        <div className="blocks">
          <Table agents={data.agents} course={data.course} since={since} />
          <BlameCourse course={data.course} />
          <TeamGraph agents={data.team.agents} handoffs={data.team.handoffs} />
        </div>
      )}
    </div>
  );
}

function Table({ agents, course, since }: { agents: AgentFigure[]; course: Course; since: string }) {
  const most = hottest(agents);
  const span = course.to > 0 ? `${exactTime(iso(course.from))} to ${exactTime(iso(course.to))}` : "";
  return (
    <TableScroll label="Agents">
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Failure rate, 95 % interval</th>
            <th scope="col">
              Where in the run, <span className="muted">first step → last</span>
            </th>
            <th scope="col">Blame over time</th>
            <th scope="col">Known</th>
          </tr>
        </thead>
        <tbody>
          {agents.map(({ agent, failure_rate, positions, verified, human }) => {
            const bars = course.byAgent.get(agent) ?? [];
            return (
              <tr key={agent} data-agent={brief(agent, 120)}>
                <th scope="row">
                  <Link className="row-link" href={inboxHref({ agent, since })}>
                    {brief(agent, 120)}
                  </Link>
                </th>
                <td>
                  <Whisker share={failure_rate} what="Failures blamed on it, of the runs it acts in" />
                </td>
                <td>
                  <HeatRow positions={positions} most={most} />
                </td>
                <td className="course">
                  {bars.length === 0 ? (
                    <span className="muted">never blamed</span>
                  ) : (
                    <Sparkline counts={bars} label={`Failures, ${span}, oldest first: ${bars.join(", ")}`} />
                  )}
                </td>
                <td className="number">
                  {count(verified)} verified
                  {human > 0 && <span className="muted">, {count(human)} by a person</span>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableScroll>
  );
}

function NoAgents() {
  return (
    <Notice title="No agent has acted in this window">
      <p>Figures are of runs whose outcome is known. See them on an example system:</p>
      <Command>npm run quickstart -- --keep</Command>
      <p>The same in a terminal:</p>
      <Command>culprit query agents --since 7d</Command>
    </Notice>
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
