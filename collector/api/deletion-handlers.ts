import { CulpritError } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { KeyRegistry } from "../access/registry.ts";
import type { Handlers } from "./handlers.ts";

export interface DeletionHandlerOptions {
  store: Pick<Store, "keys" | "deletion">;
  registry: KeyRegistry;
  /** Resolves when nothing that was acknowledged waits to be stored; throws when that takes too long. */
  drained?: (() => Promise<void>) | undefined;
}

/** Deleting for good, one run or a whole project. */
export function deletionHandlers({
  store,
  registry,
  drained = async () => {},
}: DeletionHandlerOptions): Pick<Handlers, "deleteTrace" | "deleteProject"> {
  return {
    deleteTrace: async ({ params: { trace_id } }, { project }) => {
      await drained();
      return await store.deletion.traces(project, [trace_id]);
    },

    deleteProject: async ({ params: { project } }, access) => {
      if (project !== access.project && !access.operator) {
        throw new CulpritError("forbidden_project", `This key may delete its own project only, ${access.project}.`, {
          mend: "Use the collector's own key (CULPRIT_API_KEY where it runs), or its machine.",
        });
      }
      // Its keys first, so that nothing new comes in while its rows go.
      const revoked_at = new Date().toISOString();
      for (const key of await store.keys.list(project)) {
        await store.keys.save({ ...key, name: "", revoked_at: key.revoked_at ?? revoked_at });
      }
      await registry.refresh();
      await drained();
      return await store.deletion.project(project);
    },
  };
}
