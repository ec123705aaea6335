import type { RouteOutput } from "@culprit/schemas";
import { count, duration } from "../format.ts";
import { brief } from "../text.ts";
import { Command } from "./command.tsx";
import { TableScroll } from "./table-scroll.tsx";
import { When } from "./when.tsx";

type Rule = RouteOutput<"listAlertRules">["rules"][number];

const EXAMPLE = `alert_rules:
  - name: coder-breaks-runs
    agent: Coder
    threshold: 3
    window_seconds: 3600
    targets:
      - { type: slack, url: "https://hooks.slack.com/services/…" }`;

/** Every rule, and what of it is pending or firing. */
export function AlertRules({ rules }: { rules: Rule[] }) {
  return (
    <section aria-labelledby="rules-title">
      <h2 id="rules-title">Rules</h2>
      {rules.length === 0 ? (
        <>
          <p className="muted">None yet. A rule is a few lines of the settings:</p>
          <Command>{EXAMPLE}</Command>
          <p className="muted">Try one on the past before it wakes anybody:</p>
          <Command>culprit alerts test coder-breaks-runs --since 7d</Command>
        </>
      ) : (
        <TableScroll label="Alert rules">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Rule</th>
                <th scope="col">Watches</th>
                <th scope="col">Fires at</th>
                <th scope="col">Tells</th>
                <th scope="col">Stands</th>
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <tr key={rule.name} data-rule={brief(rule.name, 120)}>
                  <th scope="row">
                    {brief(rule.name, 120)} <span className="muted">{rule.severity}</span>
                  </th>
                  <td>
                    {rule.kind.replaceAll("_", " ")}{" "}
                    <span className="muted">
                      {rule.agent === "*" ? "of each agent" : `of ${brief(rule.agent, 80)}`}
                    </span>
                  </td>
                  <td className="number">
                    {rule.threshold < 1 ? rule.threshold : count(rule.threshold)} in{" "}
                    {duration(rule.window_seconds * 1000)}
                  </td>
                  <td>{brief(rule.targets.join(", "), 200)}</td>
                  <td>
                    <Standings rule={rule} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </section>
  );
}

function Standings({ rule }: { rule: Rule }) {
  const loud = rule.standings.filter(({ state }) => state !== "inactive");
  if (loud.length === 0) return <span className="muted">quiet</span>;
  return (
    <ul>
      {loud.map(({ subject, state, since }) => (
        <li key={subject}>
          <strong>{state}</strong> {brief(subject, 80)}{" "}
          <span className="muted">
            since <When at={since} />
          </span>
        </li>
      ))}
    </ul>
  );
}
