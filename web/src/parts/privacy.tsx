import type { ShownSettings } from "@culprit/schemas";
import { count, duration, plural } from "../format.ts";
import { Command } from "./command.tsx";

/** What is kept, for how long, and what never gets in. */
export function Retention({ settings: { project, retention, content } }: { settings: ShownSettings }) {
  const own = `for project ${project}`;
  return (
    <section aria-labelledby="retention-title">
      <h2 id="retention-title">What is kept</h2>
      <dl className="rows">
        <dt>runs</dt>
        <dd>
          {retention.days === null ? "for ever" : `${plural(retention.days, "day")} after their last span arrived`}
          <span className="muted">{retention.own ? own : "for every project without its own"}</span>
        </dd>
        {retention.days !== null && (
          <>
            <dt>looked for</dt>
            <dd>every {duration(retention.check_seconds * 1000)}</dd>
          </>
        )}
        <dt>messages, arguments, results</dt>
        <dd>
          {content.captured ? "kept" : "not kept: who did what in which order stays, their words do not"}
          <span className="muted">{content.own ? own : "for every project without its own"}</span>
        </dd>
      </dl>
      <p className="muted">To change it, in culprit.yaml, then start again:</p>
      <Command>{`retention_days: 90
capture_content: true
projects:
  ${project}:
    retention_days: 30
    capture_content: false`}</Command>
      <p className="muted">To take one run out at once, with everything derived from it:</p>
      <Command>culprit delete trace TRACE_ID</Command>
    </section>
  );
}

/** Which rules look for secrets before anything is stored. */
export function Redaction({ settings: { redaction } }: { settings: ShownSettings }) {
  const on = redaction.filter((rule) => rule.on);
  return (
    <section aria-labelledby="redaction-title">
      <h2 id="redaction-title">What is redacted</h2>
      <p className="muted">
        {count(on.length)} of {count(redaction.length)} rules are on. What one finds becomes{" "}
        <code>[redacted:RULE]</code> before it is stored; it cannot be had back.
      </p>
      <ul className="chips">
        {redaction.map(({ rule, on: active, built_in }) => (
          <li key={rule} className={active ? "chip" : "chip chip-off"} data-rule={rule} data-on={active}>
            {active ? rule.replaceAll("_", " ") : <s>{rule.replaceAll("_", " ")}</s>}
            {!active && <span className="muted"> off</span>}
            {!built_in && <span className="muted"> your own</span>}
          </li>
        ))}
      </ul>
      <p className="muted">To leave one out, or to add your own:</p>
      <Command>{`redact_skip: [email]
redact_rules:
  - name: customer
    pattern: 'C-[0-9]{6}'`}</Command>
    </section>
  );
}
