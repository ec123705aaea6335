import { timeWindow } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { Handlers } from "./handlers.ts";

/** What tracers said that are not in use yet. */
export function shadowHandlers({
  store,
}: {
  store: Pick<Store, "shadow">;
}): Pick<Handlers, "listShadow" | "shadowFigures"> {
  return {
    listShadow: async ({ query: { since, from, to, agrees, ...filter } }, { project }) => {
      const page = await store.shadow.list({
        ...filter,
        ...timeWindow({ since, from, to }),
        project,
        agrees: agrees === undefined ? undefined : agrees === "yes",
      });
      return { attributions: page.rows, next_cursor: page.next_cursor };
    },
    shadowFigures: async ({ query }, { project }) => ({
      tracers: await store.shadow.figures({ ...timeWindow(query), project }),
    }),
  };
}
