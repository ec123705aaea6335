export { type AttributeTrajectoryOptions, attributeTrajectory, isTransient } from "./attribution/attribute.ts";
export { type CandidatesOptions, createCandidates, type StepPrior } from "./attribution/candidates/candidates.ts";
export { listModels, type ServedModel } from "./attribution/endpoint/context.ts";
export { createEndpoint, type Endpoint, type EndpointOptions } from "./attribution/endpoint/endpoint.ts";
export { flowFrom } from "./attribution/graph/flow-from.ts";
export { type FlowGraph, flowGraph } from "./attribution/graph/flow-graph.ts";
export { type AnswerShape, answerShape } from "./attribution/judge/split-thinking.ts";
export { createRaffles, type RafflesOptions } from "./attribution/raffles/raffles.ts";
export { type Blame, blame, crossValidate } from "./attribution/ranker/blame.ts";
export { type Example, type LabelledRun, loadLabelled, toExample } from "./attribution/ranker/examples.ts";
export type { Evidence } from "./attribution/ranker/explain.ts";
export { measuredAtTraining } from "./attribution/ranker/measured.ts";
export { createRanker, type Ranker, type RankerOptions } from "./attribution/ranker/ranker.ts";
export { renderRankerReport } from "./attribution/ranker/render-report.ts";
export { type Calibration, type RankerReport, rankerReport } from "./attribution/ranker/report.ts";
export {
  loadAuxiliary,
  loadTrainingData,
  type TrainingData,
  type TrainRankerOptions,
  trainRanker,
  trainRankerOn,
  weightsText,
} from "./attribution/ranker/train-ranker.ts";
export { type HeldOutScore, type TunedRanker, type TuneRankerOptions, tuneRanker } from "./attribution/ranker/tune.ts";
export { loadRankerWeights, type RankerWeights, shippedWeightsPath } from "./attribution/ranker/weights.ts";
export {
  createStrategy,
  needsEndpoint,
  STRATEGIES,
  type StrategyEntry,
  type StrategyParts,
} from "./attribution/strategies.ts";
export type { AttributeOptions, Budget, Sampling, Strategy, StrategyAnswer } from "./attribution/strategy.ts";
export {
  type Agreement,
  type ParsedAnswer,
  parseAnswer,
  type TracerMessage,
} from "./attribution/tracer/parse-answer.ts";
export { type PromptOptions, promptVersion, type TracerPrompt, tracerPrompt } from "./attribution/tracer/prompt.ts";
export { createTracer, type TracerOptions } from "./attribution/tracer/tracer.ts";
export { createVote, type VoteOptions } from "./attribution/vote/vote.ts";
export { LEFT_OUT_REASONS, type LeftOutReason } from "./curation/annotate.ts";
export { type Assembled, type AssembleOptions, assemble } from "./curation/assemble.ts";
export { type Cap, parseCap } from "./curation/caps.ts";
export {
  type Collected,
  type CollectOptions,
  collectRecords,
  curate,
  type RecordStream,
  streamRecords,
} from "./curation/collect.ts";
export { type Benchmarks, readBenchmarks } from "./curation/contamination.ts";
export { type CurateOptions, curateVersion } from "./curation/curate-version.ts";
export { detectInjected, rocArea } from "./curation/detector.ts";
export { type ExportOptions, type ExportResult, exportDataset } from "./curation/export/export.ts";
export { EXPORT_FORMATS, type ExportFormat } from "./curation/export/formats.ts";
export { type DatasetOrigin, openVersion, type StoredVersion } from "./curation/export/read-version.ts";
export { type Journal, type JournalEntry, openJournal } from "./curation/journal.ts";
export { hasLabel, type LabelRunOptions, labelRun, type OpenRun } from "./curation/label-run.ts";
export { type LabelledRuns, type LabelProgress, type LabelRunsOptions, labelRuns } from "./curation/label-runs.ts";
export { nearDuplicates } from "./curation/near-duplicates.ts";
export {
  CURATION_MENDS,
  CURATION_REASONS,
  type CurationReason,
  type LeftOut,
  leaveOut,
  leftOutRows,
} from "./curation/reasons.ts";

export { reward } from "./curation/reward.ts";

export { addCounts, type Forbidden, type ScrubCounts, scrubText } from "./curation/scrub.ts";

export { type RunQuery, type Selected, selectRuns } from "./curation/select.ts";
export { splitOf } from "./curation/split.ts";
export { datasetDiff, datasetHash } from "./curation/version/canonical.ts";
export { versionCard } from "./curation/version/card.ts";
export { describeRecords } from "./curation/version/describe.ts";
export { readRecords, readVersion } from "./curation/version/read.ts";
export { RECORDS, VERSION_FORMAT, writeVersion } from "./curation/version/write.ts";
export { type Compactions, compact } from "./diagnosis/agent/compact.ts";
export { type Conversation, charsOf, type Exchange, promptOf, slideWindow } from "./diagnosis/agent/conversation.ts";
export { type DiagnoseOptions, diagnoseWithModel, type ModelDiagnosis } from "./diagnosis/agent/diagnose-with-model.ts";
export { createMeter, type Meter } from "./diagnosis/agent/meter.ts";
export { replaceFile, type StateFile, stateFile } from "./diagnosis/agent/state.ts";
export { DIAGNOSIS_SOURCE, transcriptRun } from "./diagnosis/agent/transcript-run.ts";
export { type BatchReport, type BatchResult, type BatchRow, diagnoseBatch } from "./diagnosis/batch.ts";
export { type ClassifiedStep, classifySteps } from "./diagnosis/classify.ts";
export { diagnoseByRules } from "./diagnosis/diagnose-by-rules.ts";
export type { Diagnosis, JudgedStep, Understanding } from "./diagnosis/diagnosis.ts";
export {
  type ErrorEvidence,
  type EvidenceIndex,
  evidenceIndex,
  type FileEvidence,
  type TestChange,
  type TestRunEvidence,
} from "./diagnosis/evidence.ts";
export { type ManifestRow, readManifest, rowOf, runName } from "./diagnosis/manifest.ts";
export {
  createMemory,
  learntWeights,
  type Memory,
  type MemoryOptions,
  memoryLines,
} from "./diagnosis/memory/memory.ts";
export { agentKind, type Pattern, type Remembered } from "./diagnosis/memory/pattern.ts";
export { type Numbering, numberingOf } from "./diagnosis/numbering.ts";
export { PROFILE_NAMES, PROFILES, type ProfileName } from "./diagnosis/profiles/profiles.ts";
export {
  type Detailed,
  detailedSchema,
  type RlFeedback,
  rlFeedbackSchema,
  type Tracebench,
  tracebenchSchema,
} from "./diagnosis/profiles/schemas.ts";
export { type Finding, RULES, type RuleName } from "./diagnosis/rules/finding.ts";
export { createRules } from "./diagnosis/rules-strategy.ts";
export { type Stage, stagesOf } from "./diagnosis/stages.ts";
export { buildStepTree, type StepNode, type StepTree } from "./diagnosis/tree.ts";
export { understand } from "./diagnosis/understand.ts";
export type { FileAction, FileEffect, StepClass } from "./diagnosis/words.ts";
export { BENCHMARK_TABLE, BENCHMARKS, type Benchmark, type BenchmarkKind } from "./evaluation/benchmarks.ts";
export { bootstrapDifference, type Interval, type Pair } from "./evaluation/bootstrap.ts";
export { type CompareOptions, compareTracers, type Entrant } from "./evaluation/compare/compare-tracers.ts";
export { type LabelledSet, loadLabelledSet, SPLITS, type Split } from "./evaluation/compare/labelled-set.ts";
export { renderComparison } from "./evaluation/compare/render.ts";
export type { ComparisonReport, EntrantReport, PairedReport, PartReport } from "./evaluation/compare/report.ts";
export type { Contestant } from "./evaluation/contestant.ts";
export { type EvaluateOptions, evaluate, type ReportOf } from "./evaluation/evaluate.ts";
export { mcnemarExact } from "./evaluation/mcnemar.ts";
export { plotReport } from "./evaluation/plot.ts";
export { renderReport } from "./evaluation/render-report.ts";
export type {
  AnyReport,
  EvaluationReport,
  Setting,
  SpanErrorReport,
  StepSetReport,
  SubsetReport,
} from "./evaluation/report.ts";
export type { TokenPrices } from "./evaluation/score.ts";
export { setScore } from "./evaluation/step-sets.ts";
export { storedRuns } from "./evaluation/stored-runs.ts";
export { type Rate, wilson } from "./evaluation/wilson.ts";
export {
  type DerivedOptions,
  type DerivedParser,
  derivedReader,
  type MappingModel,
} from "./importers/derive/derived.ts";
export type { TrajectoryMapping } from "./importers/derive/mapping.ts";
export { type MappingStore, mappingStore } from "./importers/derive/mapping-store.ts";
export { modelMapping } from "./importers/derive/model-mapping.ts";
export type { ImportedAnnotation, ImportFormat, ImportSkip } from "./importers/format.ts";
export { FOLDER_FORMATS, IMPORT_FORMATS } from "./importers/formats.ts";
export {
  formatNamed,
  type ImportedRun,
  type ImportOptions,
  importAll,
  importPath,
} from "./importers/import-path.ts";
export { importedTrajectory } from "./importers/imported-trajectory.ts";
export { toOtlpJson } from "./importers/otlp-json.ts";
export type { UnknownFormatReader } from "./importers/unknown-format.ts";
export { type Injection, type InjectOptions, type InjectResult, injectFaults } from "./injection/inject.ts";
export { modelOperator } from "./injection/model/model-operator.ts";
export type { Fault, FaultOperator, FaultSite, PureOperator } from "./injection/operator.ts";
export { FAULT_OPERATORS, faultOperator } from "./injection/operators.ts";
export { injectPair, type PairResult } from "./injection/pairs.ts";
export { type Random, seededRandom } from "./injection/random.ts";
export { type Action, actionOf, actionText, comparableAction } from "./replay/action.ts";
export type { ReplayBudget, Spent } from "./replay/budget.ts";
export { SCRUB_RULES, type ScrubRule, scrub } from "./replay/canonical.ts";
export { compareRuns } from "./replay/compare-runs.ts";
export type { Tally } from "./replay/comparison.ts";
export type { Driver, DriverContext, DriverResult } from "./replay/driver.ts";
export { type CommandOptions, commandDriver } from "./replay/drivers/command-driver.ts";
export type { Ended, ExternalContext, ExternalDriver, ExternalEnd } from "./replay/drivers/external.ts";
export { type FunctionEnd, functionDriver } from "./replay/drivers/function-driver.ts";
export { type GatewayDriverOptions, gatewayDriver } from "./replay/drivers/gateway-driver.ts";
export { type HttpOptions, httpDriver } from "./replay/drivers/http-driver.ts";
export {
  type WorkspaceCheck,
  type WorkspaceDriverOptions,
  workspaceDriver,
} from "./replay/drivers/workspace-driver.ts";
export type { Evaluated, Evaluator } from "./replay/evaluators/evaluator.ts";
export { exactMatch } from "./replay/evaluators/exact-match.ts";
export { jsonSchema } from "./replay/evaluators/json-schema.ts";
export { modelJudge } from "./replay/evaluators/judge.ts";
export { regularExpression } from "./replay/evaluators/regular-expression.ts";
export { type UnitTestOptions, unitTests } from "./replay/evaluators/unit-tests.ts";
export { fisherExact } from "./replay/exact-test.ts";
export { RefusedIntervention, type ReplayIntervention } from "./replay/intervention.ts";
export { knownReplays } from "./replay/known.ts";
export type { Correction, Oracle, OracleRequest } from "./replay/oracle.ts";
export { correctionsFile } from "./replay/oracles/corrections-file.ts";
export { type ModelOracleOptions, modelOracle } from "./replay/oracles/model-oracle.ts";
export { type StrategyOptions, strategyOracle } from "./replay/oracles/strategy-oracle.ts";
export { selectForVerification, type VerificationPolicy } from "./replay/policy.ts";
export { type ReplayRunOptions, type ReplayRunResult, replayRun } from "./replay/replay-run.ts";
export type { ToolPolicy } from "./replay/replayer.ts";
export { type SearchOptions, type SearchResult, searchDecisive } from "./replay/search.ts";
export type { Trial } from "./replay/step-trial.ts";
export type { OpenReplayTarget, ReplayTarget } from "./replay/target.ts";
export { ISOLATIONS, type IsolationName } from "./replay/workspace/isolation.ts";
export { isSubmission, renderObservation, SUBMIT_MARKER } from "./replay/workspace/observation.ts";
export { withInputs } from "./replay/workspace/recorded-turns.ts";
export { shellCorrections } from "./replay/workspace/shell-correction.ts";
export { volatilePatterns } from "./replay/workspace/volatile.ts";
export { openWorkspace, type Workspace, type WorkspaceOptions } from "./replay/workspace/workspace.ts";
export { buildTrajectory } from "./trajectory/build.ts";
export { cutMiddle, fenced, fencedName } from "./trajectory/fence.ts";
export { trajectoryOfDetail } from "./trajectory/of-detail.ts";
export { resolveOutcome } from "./trajectory/outcome.ts";
export { type Rendered, type RenderOptions, renderedUpTo, renderTrajectory, stepHeader } from "./trajectory/render.ts";
export {
  type Analyzer,
  type AnalyzerMetrics,
  type AnalyzerOptions,
  createAnalyzer,
  type TickResult,
} from "./worker/analyzer.ts";
export type { WorkerLog } from "./worker/log.ts";
export { type AttributeOnDemand, attributeOnDemand, type OnDemandOptions } from "./worker/on-demand.ts";
export { type RunState, readRunState, wantsAttribution } from "./worker/run-state.ts";
export { createShadow, type Shadow, type ShadowOptions } from "./worker/shadow.ts";
export { summarise } from "./worker/summarise.ts";
