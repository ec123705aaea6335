import type { RouteOutput } from "@culprit/schemas";
import { brief } from "../text.ts";
import { Command } from "./command.tsx";
import { TableScroll } from "./table-scroll.tsx";
import { Whisker } from "./whisker.tsx";

type Figures = RouteOutput<"strategyFigures">;

/** How often each strategy is right, over the runs whose culprit a replay, an injected fault or a person tells. */
export function Accuracy({ accuracy }: { accuracy: Figures["accuracy"] }) {
  return (
    <section aria-labelledby="accuracy-title">
      <h2 id="accuracy-title">Strategies against the truth</h2>
      {accuracy.length === 0 ? (
        <>
          <p className="muted">
            No run has both a prediction and a known culprit yet. Confirm or correct a blame in a run, or prove one by a
            replay where the agents are:
          </p>
          <Command>culprit replay TRACE_ID</Command>
        </>
      ) : (
        <TableScroll label="Strategies">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Strategy</th>
                <th scope="col">Names the right agent</th>
                <th scope="col">Names the right step</th>
              </tr>
            </thead>
            <tbody>
              {accuracy.map(({ strategy, agent, step }) => (
                <tr key={strategy} data-strategy={brief(strategy, 120)}>
                  <th scope="row">{brief(strategy, 120)}</th>
                  <td>
                    <Whisker share={agent} what="Right agent" />
                  </td>
                  <td>
                    <Whisker share={step} what="Right step" />
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

/** How often two strategies blame alike; nothing where no run has two. */
export function Agreement({ agreement }: { agreement: Figures["agreement"] }) {
  if (agreement.length === 0) return null;
  return (
    <section aria-labelledby="agreement-title">
      <h2 id="agreement-title">Strategies against each other</h2>
      <TableScroll label="Strategies">
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Pair</th>
              <th scope="col">Blame the same agent</th>
              <th scope="col">Blame the same step</th>
            </tr>
          </thead>
          <tbody>
            {agreement.map(({ left, right, agent, step }) => (
              <tr key={JSON.stringify([left, right])}>
                <th scope="row">
                  {brief(left, 80)} and {brief(right, 80)}
                </th>
                <td>
                  <Whisker share={agent} what="Same agent" />
                </td>
                <td>
                  <Whisker share={step} what="Same step" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}
