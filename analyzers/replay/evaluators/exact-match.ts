import { CulpritError } from "@culprit/schemas";
import type { Evaluator } from "./evaluator.ts";

/**
 * The answer is the expected one, white space and Unicode forms aside.
 *
 * @param expected the run's ground truth when not given
 * @throws CulpritError `config_invalid` when neither is there, once it is asked
 */
export function exactMatch(expected?: string): Evaluator {
  return ({ answer, groundTruth }) => {
    const wanted = plain(expected ?? groundTruth);
    if (wanted === "") {
      throw new CulpritError("config_invalid", "There is nothing to compare the answer with.", {
        mend: "Say what is expected; this run has no ground truth.",
      });
    }
    const success = plain(answer) === wanted;
    return { success, feedback: success ? "" : "The answer is not the expected one." };
  };
}

function plain(text: string): string {
  return text.normalize("NFKC").replace(/\s+/g, " ").trim();
}
