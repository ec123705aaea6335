export { type CheckResult, checkSolution, testReport } from "./coding-team/check.ts";
export { type Correction, oracleFor } from "./coding-team/oracle.ts";
export { describeTask, groundTruthOf } from "./coding-team/prompts.ts";
export { type CodingTask, type Example, TASKS, taskById } from "./coding-team/tasks.ts";
export { runTeam, type TeamOptions, type TeamResult } from "./coding-team/team.ts";
export { type SeededTruth, seededTruth } from "./coding-team/truth.ts";
export { ledgerOracle } from "./ledger-team/oracle.ts";
export { LEDGER_AGENTS, LEDGER_MODELS } from "./ledger-team/prompts.ts";
export { type LedgerTask, ledgerTask } from "./ledger-team/tasks.ts";
export { type LedgerOptions, type LedgerResult, runLedgerTeam } from "./ledger-team/team.ts";
export { type Decision, SCRIPTED_MODELS } from "./scripted-endpoint/policies/policy.ts";
export { SABOTEUR_MODEL } from "./scripted-endpoint/saboteur.ts";
export { DEFAULT_SEED } from "./scripted-endpoint/seeding.ts";
export {
  type ScriptedEndpoint,
  type ScriptedEndpointOptions,
  startScriptedEndpoint,
} from "./scripted-endpoint/server.ts";
