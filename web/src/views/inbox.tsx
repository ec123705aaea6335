import { useEffect } from "react";
import { api } from "../api.ts";
import { count, plural } from "../format.ts";
import { type Failures, loadFailures } from "../inbox.ts";
import { focusNext, useKeys } from "../keys.ts";
import { AgentRail } from "../parts/agent-rail.tsx";
import { EmptyInbox } from "../parts/empty-inbox.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Group } from "../parts/group.tsx";
import { Loading } from "../parts/notice.tsx";
import { WindowPicker } from "../parts/window-picker.tsx";
import { usePolled } from "../polling.ts";
import type { Route } from "../routes.ts";
import { brief } from "../text.ts";

const pause = (): number => 4000;

/** Failed runs by blamed agent. */
export function InboxView({ route }: { route: Extract<Route, { view: "inbox" }> }) {
  const { agent, since, unattributed } = route;
  const key = `inbox ${JSON.stringify([agent, since, unattributed])}`;
  const failures = usePolled(key, pause, (signal) => loadFailures(route, signal));
  const status = usePolled("status", pause, api.status);
  useEffect(() => {
    document.title = agent ? `${brief(agent, 60)} · Culprit` : "Failures · Culprit";
  }, [agent]);
  useKeys({ j: () => focusNext("a.run-link", 1), k: () => focusNext("a.run-link", -1) });

  const { data, failure } = failures;
  return (
    <div className="inbox">
      <header className="inbox-head">
        <div>
          <h1>Who broke it</h1>
          {data && <p className="lede">{summary(data)}</p>}
        </div>
        <WindowPicker route={route} />
      </header>
      {failure && <FailureNotice failure={failure} retry={failures.refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="failed runs" />}
      {data && data.total === 0 && <EmptyInbox status={status.data} route={route} />}
      {data && data.total > 0 && (
        <div className="inbox-body">
          <AgentRail failures={data} route={route} />
          <div className="groups">
            {data.groups.map((group) => (
              <Group key={group.agent ?? ""} group={group} route={route} />
            ))}
            {data.groups.length === 0 && <EmptyInbox status={status.data} route={route} />}
            <p className="keys" aria-hidden="true">
              <kbd>j</kbd> <kbd>k</kbd> next and previous run · <kbd>Enter</kbd> open
            </p>
          </div>
        </div>
      )}
    </div>
  );
}

function summary(failures: Failures): string {
  const { total, agents, unattributed, uncounted } = failures;
  const more = uncounted ? "+" : "";
  const verified = agents.reduce((sum, agent) => sum + agent.verified, 0);
  const pieces = [
    `${count(total)}${more} failed ${total === 1 ? "run" : "runs"}`,
    plural(agents.length, "blamed agent"),
    `${count(verified)} verified`,
  ];
  if (unattributed > 0) pieces.push(`${count(unattributed)}${more} not attributed yet`);
  return pieces.join(" · ");
}
