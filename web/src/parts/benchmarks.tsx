import type { BenchmarkFigure } from "@culprit/schemas";
import { brief } from "../text.ts";
import { Command } from "./command.tsx";
import { TableScroll } from "./table-scroll.tsx";
import { Whisker } from "./whisker.tsx";

/** What strategies reached on benchmarks when they were made; and how to measure one oneself. */
export function Benchmarks({ benchmarks }: { benchmarks: BenchmarkFigure[] }) {
  return (
    <section aria-labelledby="benchmarks-title">
      <h2 id="benchmarks-title">On benchmarks</h2>
      {benchmarks.length > 0 && (
        <>
          <p className="muted">Measured where a strategy was made, not on your runs: on runs that others labelled.</p>
          <TableScroll label="Benchmarks">
            <table className="figures">
              <thead>
                <tr>
                  <th scope="col">Strategy</th>
                  <th scope="col">On</th>
                  <th scope="col">Names the right agent</th>
                  <th scope="col">Names the right step</th>
                </tr>
              </thead>
              <tbody>
                {benchmarks.map(({ strategy, version, subset, agent, step, about, measured_on }) => (
                  <tr key={JSON.stringify([strategy, version, subset])} data-benchmark={brief(subset, 120)}>
                    <th scope="row">
                      {brief(strategy, 80)} <span className="muted">{brief(version, 40)}</span>
                    </th>
                    <td>
                      {brief(subset, 120)}{" "}
                      <p className="muted">
                        {brief(about, 200)}, {brief(measured_on, 40)}
                      </p>
                    </td>
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
        </>
      )}
      <p className="muted">To measure a strategy on a benchmark you have:</p>
      <Command>culprit evaluate --benchmark who-and-when --data who-and-when --folds 10</Command>
    </section>
  );
}
