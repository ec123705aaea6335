import { CulpritError } from "@culprit/schemas";
import { toolArgument } from "./calls/tool-argument.ts";
import { wrongTool } from "./calls/wrong-tool.ts";
import { droppedStatement } from "./code/dropped-statement.ts";
import { invertedCondition } from "./code/inverted-condition.ts";
import { offByOne } from "./code/off-by-one.ts";
import { returnValue } from "./code/return-value.ts";
import { swappedArguments } from "./code/swapped-arguments.ts";
import { droppedObservation, duplicatedObservation } from "./flow/observations.ts";
import { prematureTermination } from "./flow/premature-termination.ts";
import { schemaBreak } from "./flow/schema-break.ts";
import { staleInformation } from "./flow/stale-information.ts";
import { truncatedMessage } from "./flow/truncated-message.ts";
import { wrongHandoff } from "./flow/wrong-handoff.ts";
import type { PureOperator } from "./operator.ts";
import { entitySwap } from "./text/entity-swap.ts";
import { negation } from "./text/negation.ts";
import { numbers } from "./text/numbers.ts";
import { units } from "./text/units.ts";

/** Every operator that needs no model. */
export const FAULT_OPERATORS: readonly PureOperator[] = [
  returnValue,
  invertedCondition,
  offByOne,
  swappedArguments,
  droppedStatement,
  numbers,
  units,
  negation,
  entitySwap,
  toolArgument,
  wrongTool,
  droppedObservation,
  duplicatedObservation,
  truncatedMessage,
  staleInformation,
  wrongHandoff,
  prematureTermination,
  schemaBreak,
];

/**
 * The operator of that name.
 *
 * @throws CulpritError `usage` naming all there are
 */
export function faultOperator(name: string): PureOperator {
  const found = FAULT_OPERATORS.find((operator) => operator.name === name);
  if (found !== undefined) return found;
  const known = FAULT_OPERATORS.map((operator) => operator.name).join(", ");
  throw new CulpritError("usage", `There is no operator ${name}.`, { mend: `Choose from ${known}, model.` });
}
