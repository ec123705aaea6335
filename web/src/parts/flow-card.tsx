import type { Flow, FlowLink, TraceDetail } from "@culprit/schemas";
import { useState } from "react";
import { toldFirst } from "../flow.ts";
import { count } from "../format.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { Link } from "./link.tsx";

const FIRST = 5;

/** Where what the blamed step brought in went, link by link, and whether the answer has it. */
export function FlowCard({ run, flow }: { run: TraceDetail; flow: Flow | null | undefined }) {
  const [all, setAll] = useState(false);
  if (flow === undefined) {
    return (
      <section className="card flow-pending" aria-labelledby="flow-title">
        <h2 id="flow-title">Where it went</h2>
      </section>
    );
  }
  if (flow === null || flow.answer === null) return null;
  const links = toldFirst(flow.links);
  const shown = all ? links : links.slice(0, FIRST);
  return (
    <section className="card" aria-labelledby="flow-title" data-reaches={flow.reaches}>
      <h2 id="flow-title">Where it went</h2>
      <p>
        {flow.reaches ? "What this step brought in arrives in the answer, " : "The answer repeats nothing of it: "}
        <Link href={runHref(run.trace_id, flow.answer)}>step {flow.answer}</Link>
        {flow.reaches ? "." : links.length === 0 ? ". Nor does any other step." : ". These steps do:"}
      </p>
      {links.length > 0 && (
        <ol className="flow">
          {shown.map((link) => (
            <Item key={`${link.from} ${link.to}`} run={run} link={link} />
          ))}
        </ol>
      )}
      {links.length > FIRST && (
        <button type="button" className="show-more" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${count(links.length)}`}
        </button>
      )}
      {all && flow.more && <p className="muted">There are more: the first are followed.</p>}
    </section>
  );
}

function Item({ run, link: { from, to, values, shown, called, onward } }: { run: TraceDetail; link: FlowLink }) {
  return (
    <li data-onward={onward}>
      <span className="number">
        <Link href={runHref(run.trace_id, from)}>{from}</Link> → <Link href={runHref(run.trace_id, to)}>{to}</Link>
      </span>{" "}
      <bdi>{brief(run.steps[to]?.agent ?? "", 60)}</bdi> {waysOf(shown, called, values.length > 0)}
      {values.length > 0 && (
        <ul className="flow-values">
          {values.map((value) => (
            <li key={value}>
              <code>{value}</code>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function waysOf(shown: boolean, called: boolean, repeats: boolean): string {
  const ways = [...(shown ? ["was shown it"] : []), ...(called ? ["answers it"] : []), ...(repeats ? ["repeats"] : [])];
  return ways.join(", ");
}
