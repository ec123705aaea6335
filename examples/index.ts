export { type CheckResult, checkSolution, testReport } from "./coding-team/check.ts";
export { type Correction, oracleFor } from "./coding-team/oracle.ts";
export { describeTask, groundTruthOf } from "./coding-team/prompts.ts";
export { type CodingTask, type Example, TASKS, taskById } from "./coding-team/tasks.ts";
export { type Examiner, runTeam, type TeamOptions, type TeamResult } from "./coding-team/team.ts";
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
export {
  type Attempt,
  type Critic,
  type CriticClientOptions,
  type CriticTool,
  critic,
  selfRefine,
} from "./self-correction/baselines.ts";
export { CRITIC_MODELS, type CriticOptions, criticMinds } from "./self-correction/critics.ts";
export { type Mind, type MindedEndpoint, startMinds } from "./self-correction/endpoint.ts";
export { draw, HABITS, type Habits, isNamed, teamMinds } from "./self-correction/habits.ts";
export { transcriptOf } from "./self-correction/transcript.ts";
export { type AttemptOptions, attempt } from "./shell-agent/attempt.ts";
export { type SeededSteps, seededSteps, shellOracle } from "./shell-agent/oracle.ts";
export type { Project } from "./shell-agent/projects/project.ts";
export { PROJECTS } from "./shell-agent/projects/projects.ts";
export { makeRepository, type Repository } from "./shell-agent/repository.ts";
export { startShellEndpoint } from "./shell-agent/scripted/endpoint.ts";
export { FAULT_KINDS, type FaultKind, faultOf } from "./shell-agent/scripted/faults.ts";
export type { Story } from "./shell-agent/scripted/policy.ts";
export { type ShellTargetOptions, shellTarget } from "./shell-agent/target.ts";
