import { CULPRIT, type Span } from "@culprit/schemas";

/**
 * Puts the record of a started step in the place of a step whose span has not arrived, and leaves out the records of
 * all others. Such a record is a child of the step's span and carries what was known when the step began, so the order
 * in which the two arrive does not matter.
 *
 * @returns spans as if every started step had been sent, and the ids of those that only began
 */
export function resolveStarted(given: readonly Span[]): { spans: readonly Span[]; unfinished: ReadonlySet<string> } {
  const unfinished = new Set<string>();
  if (!given.some(isRecord)) return { spans: given, unfinished };
  const spans = given.filter((span) => !isRecord(span));
  const arrived = new Set(spans.map(({ span_id }) => span_id));
  for (const record of given) {
    const step = record.parent_span_id;
    if (!isRecord(record) || arrived.has(step)) continue;
    unfinished.add(step);
    spans.push({ ...record, span_id: step, parent_span_id: record.links[0]?.span_id ?? "", links: [] });
  }
  return { spans, unfinished };
}

function isRecord({ attributes, parent_span_id }: Span): boolean {
  return parent_span_id !== "" && attributes[CULPRIT.started] === true;
}
