import type { FailureGroup, GroupState } from "@culprit/schemas";
import { percent, plural } from "../format.ts";
import { groupHref, runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { KIND_WORDS, STATE_WORDS } from "../words.ts";
import { StatusBadge } from "./badge.tsx";
import { Confidence } from "./confidence.tsx";
import { Link } from "./link.tsx";
import { Sparkline } from "./sparkline.tsx";
import { VerifiedShare } from "./verified-share.tsx";
import { When } from "./when.tsx";

interface GroupRowProps {
  group: FailureGroup;
  since: string;
  /** Sets the group's state. */
  triage: (state: GroupState) => void;
}

/** One failure group: what went wrong, how often and how firmly that is known. Its name opens its firmest run. */
export function GroupRow({ group, since, triage }: GroupRowProps) {
  const { group_id, kind, title, count, verified, human, mean_confidence: confidence, trend, state } = group;
  return (
    <li className="group-row" data-group={group_id} data-state={state}>
      <div className="group-what">
        <Link className="row-link" href={runHref(group.representative)} data-group={group_id}>
          {title.trim() === "" ? "No reason was given" : brief(title, 300)}
        </Link>
        <p className="group-when muted">
          {KIND_WORDS[kind]} · first seen <When at={group.first_seen} /> · last <When at={group.last_seen} />
          {state === "open" && group.changed?.changed_by === "regression" && (
            <strong className="regressed"> · came back after it was resolved</strong>
          )}
        </p>
      </div>
      <Sparkline counts={trend} label={`Failures over the window, oldest first: ${trend.join(", ")}`} />
      <Link className="group-count number" href={groupHref(group_id, since)}>
        {plural(count, "run")}
      </Link>
      <div className="group-firm">
        <StatusBadge status={group.representative_status} />
        {count > 1 && <VerifiedShare of={count} verified={verified} human={human} />}
        {confidence !== null && (
          <span className="muted" title={`Mean confidence of what is only predicted: ${percent(confidence)}`}>
            <Confidence value={confidence} /> mean
          </span>
        )}
      </div>
      <div className="group-acts">
        {(Object.keys(STATE_WORDS) as GroupState[])
          .filter((other) => other !== state)
          .map((other) => (
            <button key={other} type="button" className="button button-small" onClick={() => triage(other)}>
              {STATE_WORDS[other].act}
            </button>
          ))}
      </div>
    </li>
  );
}
