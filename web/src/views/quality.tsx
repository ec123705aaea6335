import { useEffect } from "react";
import { ask } from "../api.ts";
import { ofRuns } from "../live.ts";
import { Benchmarks } from "../parts/benchmarks.tsx";
import { CalibrationPlots } from "../parts/calibration.tsx";
import { Command } from "../parts/command.tsx";
import { CostTable } from "../parts/cost-table.tsx";
import { DatasetGrowth } from "../parts/dataset-growth.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Firmness } from "../parts/firmness.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { Accuracy, Agreement } from "../parts/strategies.tsx";
import { WindowPicker } from "../parts/window-picker.tsx";
import { usePolled } from "../polling.ts";
import { type Route, viewHref } from "../routes.ts";

const pause = (): number => 20_000;

/** How much the blames can be believed, and what they cost. */
export function QualityView({ route: { since } }: { route: Extract<Route, { view: "quality" }> }) {
  const { data, failure, refresh } = usePolled(
    `quality ${since}`,
    pause,
    async (signal) => {
      const [runs, strategies, { costs }, { calibration }, { datasets }, { benchmarks }] = await Promise.all([
        ask("runFigures", { since }, signal),
        ask("strategyFigures", { since }, signal),
        ask("costFigures", { since }, signal),
        ask("calibrationFigures", { since }, signal),
        ask("listDatasets", {}, signal),
        ask("benchmarkFigures", {}, signal),
      ]);
      return { runs, strategies, costs, calibration, datasets, benchmarks };
    },
    ofRuns,
  );
  useEffect(() => {
    document.title = "Quality · Culprit";
  }, []);
  return (
    <div className="inbox">
      <header className="view-head">
        <div>
          <h1>Quality</h1>
          <p className="lede">How often a blame is right where the truth is known, and what finding it takes.</p>
        </div>
        <WindowPicker since={since} href={(other) => viewHref("quality", other)} />
      </header>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="the figures" />}
      {data && data.runs.runs === 0 && (
        <Notice title="No run in this window">
          <p>See the figures on an example system:</p>
          <Command>npm run quickstart -- --keep</Command>
        </Notice>
      )}
      {data && data.runs.runs > 0 && (
        <div className="blocks">
          <Firmness figures={data.runs} />
          <Accuracy accuracy={data.strategies.accuracy} />
          <CalibrationPlots calibration={data.calibration} />
          <Agreement agreement={data.strategies.agreement} />
          <Benchmarks benchmarks={data.benchmarks} />
          <DatasetGrowth datasets={data.datasets} />
          <CostTable costs={data.costs} />
        </div>
      )}
    </div>
  );
}
