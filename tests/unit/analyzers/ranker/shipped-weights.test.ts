import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadRankerWeights, loadTrainingData } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { trainModel } from "../../../../analyzers/attribution/ranker/train.ts";
import { toWeights } from "../../../../analyzers/attribution/ranker/weights.ts";

const DATA = join(import.meta.dirname, "../../../../../shared/data");
const present = existsSync(join(DATA, "who-and-when"));
if (!present) console.warn(`The public data is not at ${DATA}: the shipped weights are not trained again.`);

describe.skipIf(!present)("the shipped weights", () => {
  // `npm run weights:check` makes the whole file again, with the cross-validation in its provenance: a minute.
  it("are what the documented command makes of the public data", async () => {
    const shipped = loadRankerWeights();
    const { examples } = await loadTrainingData({
      directories: [join(DATA, "who-and-when")],
      auxiliary: ["promas", "agentrx", "mas-sim-otel"].map((name) => join(DATA, name)),
    });
    const { seed, data, auxiliary } = shipped.provenance;
    const again = toWeights(trainModel(examples, { seed }), shipped.provenance);
    expect(again.version).toBe(shipped.version);
    expect(again.styles).toEqual(shipped.styles);
    const ids = (of: boolean) =>
      examples.filter((example) => (example.auxiliary === true) === of).map((example) => example.id);
    expect(ids(false)).toEqual(data);
    expect(ids(true)).toEqual(auxiliary?.data);
  }, 60_000);
});
