import type { GroupChange, GroupState } from "@culprit/schemas";
import { useEffect } from "react";
import { type ApiFailure, apiHref, ask } from "../api.ts";
import { count, plural } from "../format.ts";
import { focusNext, useKeys } from "../keys.ts";
import { ofRuns } from "../live.ts";
import { CopyId } from "../parts/copy-id.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Icon } from "../parts/icons.tsx";
import { Link } from "../parts/link.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { RunRow } from "../parts/run-row.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { TriageBar } from "../parts/triage-bar.tsx";
import { VerifiedShare } from "../parts/verified-share.tsx";
import { When } from "../parts/when.tsx";
import { WindowPicker } from "../parts/window-picker.tsx";
import { usePolled } from "../polling.ts";
import { navigate } from "../router.ts";
import { groupHref, inboxHref, type Route } from "../routes.ts";
import { brief } from "../text.ts";
import { useTriage } from "../triage.ts";
import { GROUP_STATE_ORDER, KIND_WORDS, STATE_WORDS } from "../words.ts";

const RUNS_SHOWN = 200;
const pause = (): number => 6000;

/** One failure group: its course, its state with who changed it, and its runs. */
export function GroupView({ route }: { route: Extract<Route, { view: "group" }> }) {
  const { groupId: group_id, since } = route;
  const { data, failure, refresh } = usePolled(
    `group ${group_id} ${since}`,
    pause,
    async (signal) => {
      const [group, list] = await Promise.all([
        ask("getGroup", { group_id, since }, signal),
        ask("listTraces", { group: group_id, since, limit: RUNS_SHOWN }, signal),
      ]);
      return { ...group, runs: list.traces, more: list.next_cursor !== null };
    },
    ofRuns,
  );
  const triage = useTriage(refresh);
  const group = data?.group;
  const set = (to: GroupState): void => {
    if (group && group.state !== to) void triage.set({ groupId: group_id, title: group.title, from: group.state, to });
  };
  const title = group ? `${brief(group.agent, 60)} · Culprit` : "Failure group · Culprit";
  useEffect(() => {
    document.title = title;
  }, [title]);
  useKeys({
    j: () => focusNext("a.row-link", 1),
    k: () => focusNext("a.row-link", -1),
    u: () => navigate(inboxHref({ since })),
    r: () => set("resolved"),
    i: () => set("ignored"),
    o: () => set("open"),
    z: () => void triage.undo(),
  });
  if (failure?.status === 404) return <NoGroup />;
  return (
    <div className="inbox">
      <Failures failures={[failure ?? null, triage.failure]} retry={refresh} stale={data !== undefined} />
      {!data && !failure && <Loading what="the group" />}
      {data && group && (
        <>
          <header className="group-page-head">
            <p className="crumbs">
              <Link href={inboxHref({ since, agent: group.agent })} className="back">
                <Icon name="back" />
                {brief(group.agent, 120)}
              </Link>
              <CopyId id={group_id} label="group id" />
            </p>
            <h1>{group.title.trim() === "" ? "No reason was given" : group.title}</h1>
            <div className="pickers">
              <div className="group-acts" data-state={group.state}>
                <strong>{STATE_WORDS[group.state].name}</strong>
                {GROUP_STATE_ORDER.filter((state) => state !== group.state).map((state) => (
                  <button key={state} type="button" className="button button-small" onClick={() => set(state)}>
                    {STATE_WORDS[state].act}
                  </button>
                ))}
              </div>
              <WindowPicker since={since} href={(other) => groupHref(group_id, other)} />
            </div>
            <Sparkline
              counts={group.trend}
              label={`Failures over the window, oldest first: ${group.trend.join(", ")}`}
            />
            <p className="muted">
              {KIND_WORDS[group.kind]} · {plural(group.count, "run")} here, {count(group.total)} ever · first seen{" "}
              <When at={group.first_seen} /> · last <When at={group.last_seen} />
            </p>
            <VerifiedShare of={group.count} verified={group.verified} human={group.human} />
          </header>
          <ul>
            {data.runs.map((run) => (
              <RunRow key={run.trace_id} run={run} />
            ))}
          </ul>
          <p className="more">
            {data.more && <span className="muted">The newest {count(data.runs.length)} are shown. </span>}
            <a
              href={apiHref("listTraces", { group: group_id, since, ...{ format: "ndjson" } })}
              download={`${group_id}.ndjson`}
            >
              Export every run
            </a>
          </p>
          <Changes changes={data.changes} />
        </>
      )}
      <TriageBar triage={triage} />
    </div>
  );
}

function Failures(props: { failures: (ApiFailure | null)[]; retry: () => void; stale: boolean }) {
  const failure = props.failures.find((each) => each !== null);
  return failure ? <FailureNotice failure={failure} retry={props.retry} stale={props.stale} /> : null;
}

function Changes({ changes }: { changes: GroupChange[] }) {
  if (changes.length === 0) return null;
  return (
    <section aria-labelledby="changes-title">
      <h2 id="changes-title">Its course</h2>
      <ol className="changes">
        {changes.map((change) => (
          <li key={`${change.at} ${change.state}`}>
            {STATE_WORDS[change.state].done}
            {change.changed_by === "regression" ? ": it came back" : ` by ${brief(change.changed_by, 80)}`}{" "}
            <span className="muted">
              <When at={change.at} />
            </span>
            {change.note !== "" && <p className="muted">{brief(change.note, 2000)}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function NoGroup() {
  return (
    <Notice title="This group is not in the store">
      <p>Its runs were deleted, or now belong to another group.</p>
      <p>
        <Link href="/">Back to the inbox</Link>
      </p>
    </Notice>
  );
}
