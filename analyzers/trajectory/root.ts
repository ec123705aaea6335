import { CULPRIT } from "@culprit/schemas";
import { compareNodes, type Node } from "./forest.ts";
import { plain, textOf } from "./step.ts";

/**
 * The root of a run: the span without a parent. Of several (two exports under one trace id), the system's own before the
 * recording gateway's, then the one that names a task, else the first to start. Null when it has not arrived.
 */
export function chooseRoot(forest: readonly Node[]): Node | null {
  let best: Node | null = null;
  for (const node of forest) {
    if (node.span.parent_span_id !== "") continue;
    if (best === null || better(node, best)) best = node;
  }
  return best;
}

function better(node: Node, best: Node): boolean {
  const [seen, bestSeen] = [node, best].map(({ span }) => span.attributes[CULPRIT.seenFrom] !== undefined);
  if (seen !== bestSeen) return bestSeen === true;
  const [named, bestNamed] = [plain(node.span.attributes[CULPRIT.task]), plain(best.span.attributes[CULPRIT.task])];
  if ((named !== "") !== (bestNamed !== "")) return named !== "";
  return compareNodes(node, best) < 0;
}

/**
 * Reads what a run says about itself: from the root, else from the span nearest the top of its tree that says it (a
 * web server's span is often the root, and ours its child).
 */
export function readerOf(forest: readonly Node[], root: Node | null): (key: string) => string {
  return (key) => {
    const own = root === null ? "" : plain(root.span.attributes[key]);
    if (own !== "") return own;
    let best: Node | null = null;
    for (const node of forest) {
      if (plain(node.span.attributes[key]) === "") continue;
      if (best === null || node.depth < best.depth || (node.depth === best.depth && compareNodes(node, best) < 0))
        best = node;
    }
    return best === null ? "" : plain(best.span.attributes[key]);
  };
}

/** The first user message a span was given. */
export function firstUserText(node: Node | null): string {
  const message = node?.span.reading.input.find(({ role }) => role === "user");
  return message === undefined ? "" : textOf([message]);
}
