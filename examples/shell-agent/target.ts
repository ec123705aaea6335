import { gatewayDriver, type ReplayTarget, workspaceDriver } from "@culprit/analyzers";
import { collectorExporter } from "@culprit/instrumentation/gateway";
import type { Trajectory } from "@culprit/schemas";
import { shellOracle } from "./oracle.ts";
import type { Project } from "./projects/project.ts";
import type { Repository } from "./repository.ts";

export interface ShellTargetOptions {
  project: Project;
  repository: Repository;
  trajectory: Trajectory;
  /** Where live model calls go. */
  upstream: string;
  /** Where the spans of replays go. */
  collector: string;
}

/** A recorded attempt, ready to be replayed in a workspace of its own, with the flawless agent as the oracle. */
export function shellTarget({
  project,
  repository,
  trajectory,
  upstream,
  collector,
}: ShellTargetOptions): ReplayTarget {
  return {
    oracle: shellOracle(project),
    driver: gatewayDriver({
      upstream,
      exporter: () => collectorExporter({ url: collector }),
      start: workspaceDriver({
        trajectory,
        base: `${repository.base}@${repository.commit}`,
        check: { command: repository.check, files: repository.checkFiles },
      }),
    }),
  };
}
