import type { FailureGroup, GroupState } from "@culprit/schemas";
import { useEffect } from "react";
import { ask } from "../api.ts";
import { count, plural } from "../format.ts";
import { type Inbox, loadInbox } from "../inbox.ts";
import { focusNext, useKeys } from "../keys.ts";
import { ofRuns } from "../live.ts";
import { AgentRail } from "../parts/agent-rail.tsx";
import { AgentSection } from "../parts/agent-section.tsx";
import { EmptyInbox } from "../parts/empty-inbox.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Loading } from "../parts/notice.tsx";
import { StatePicker } from "../parts/state-picker.tsx";
import { TriageBar } from "../parts/triage-bar.tsx";
import { Ungrouped } from "../parts/ungrouped.tsx";
import { WindowPicker } from "../parts/window-picker.tsx";
import { usePolled } from "../polling.ts";
import { navigate } from "../router.ts";
import { groupHref, type InboxRoute, inboxHref } from "../routes.ts";
import { brief } from "../text.ts";
import { useTriage } from "../triage.ts";

const pause = (): number => 4000;

/** Failure groups by blamed agent, for triage. */
export function InboxView({ route }: { route: InboxRoute }) {
  const { agent, since, state, ungrouped } = route;
  const key = `inbox ${JSON.stringify([agent, since, state, ungrouped])}`;
  const { data, failure, refresh } = usePolled(key, pause, (signal) => loadInbox(route, signal), ofRuns);
  const status = usePolled("status", pause, (signal) => ask("status", {}, signal), ofRuns);
  const triage = useTriage(refresh);
  useEffect(() => {
    document.title = agent ? `${brief(agent, 60)} · Culprit` : "Failures · Culprit";
  }, [agent]);

  const shown = data?.agents.filter((each) => agent === null || each.agent === agent) ?? [];
  const set = (group: FailureGroup, to: GroupState): void => {
    if (group.state === to) return;
    void triage.set({ groupId: group.group_id, title: group.title, from: group.state, to });
  };
  const onFocused = (act: (group: FailureGroup) => void) => (): void => {
    const id = document.activeElement?.getAttribute("data-group");
    const group = shown.flatMap(({ groups }) => groups).find(({ group_id }) => group_id === id);
    if (group) act(group);
  };
  const setFocused = (to: GroupState) =>
    onFocused((group) => {
      focusNext("a.row-link", 1);
      set(group, to);
    });
  useKeys({
    j: () => focusNext("a.row-link", 1),
    k: () => focusNext("a.row-link", -1),
    r: setFocused("resolved"),
    i: setFocused("ignored"),
    o: setFocused("open"),
    g: onFocused(({ group_id }) => navigate(groupHref(group_id, since))),
    z: () => void triage.undo(),
  });

  const nothing = data && data.figures.failure === 0 && data.agents.length === 0 && state === "open";
  return (
    <div className="inbox">
      <header className="view-head">
        <div>
          <h1>Who broke it</h1>
          {data && <p className="lede">{summary(data)}</p>}
        </div>
        <div className="pickers">
          <StatePicker route={route} />
          <WindowPicker since={since} href={(other) => inboxHref({ ...route, since: other })} />
        </div>
      </header>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {triage.failure && <FailureNotice failure={triage.failure} retry={refresh} stale={false} />}
      {!data && !failure && <Loading what="failures" />}
      {nothing && <EmptyInbox status={status.data} route={route} />}
      {data && !nothing && (
        <div className="inbox-body">
          <AgentRail inbox={data} route={route} />
          <div className="sections">
            {ungrouped !== null && data.ungrouped && <Ungrouped kind={ungrouped} {...data.ungrouped} />}
            {ungrouped === null &&
              shown.map((each) => <AgentSection key={each.agent} own={each} route={route} triage={set} />)}
            {ungrouped === null && shown.length === 0 && <EmptyInbox status={status.data} route={route} triaged />}
            {data.more && (
              <p className="muted">
                The largest groups are shown. All of them: <code>culprit query groups --limit 1000</code>
              </p>
            )}
            <p className="keys" aria-hidden="true">
              <kbd>j</kbd> <kbd>k</kbd> next and previous · <kbd>Enter</kbd> open the run · <kbd>g</kbd> all its runs ·{" "}
              <kbd>r</kbd> resolve · <kbd>i</kbd> ignore · <kbd>o</kbd> reopen · <kbd>z</kbd> undo
            </p>
          </div>
        </div>
      )}
      <TriageBar triage={triage} />
    </div>
  );
}

function summary({ figures, agents }: Inbox): string {
  const { failure, statuses } = figures;
  const groups = agents.reduce((sum, { groups: own }) => sum + own.length, 0);
  const pieces = [
    `${count(failure)} failed ${failure === 1 ? "run" : "runs"}`,
    plural(groups, "group"),
    plural(agents.length, "blamed agent"),
    `${count(statuses.verified)} verified`,
  ];
  if (statuses.none > 0) pieces.push(`${count(statuses.none)} not attributed yet`);
  return pieces.join(" · ");
}
