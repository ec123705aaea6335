import { runHref } from "../routes.ts";
import { citations, excerpt } from "../text.ts";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";

const CHARACTERS = 2000;
const LINES = 30;

/** What somebody says of a run; the steps it names lead to them. Texts beyond reading length fold, without links. */
export function CitedText({ text, traceId, steps }: { text: string; traceId: string; steps: number }) {
  if (excerpt(text, CHARACTERS, LINES).left > 0) return <LongText text={text} lines={8} characters={700} plain />;
  return (
    <span className="long-text">
      <span className="prose">
        {citations(text, steps).map(({ text: piece, step }, at) =>
          step === null ? (
            piece
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never move
            <Link key={at} className="cited" href={runHref(traceId, step)}>
              {piece}
            </Link>
          ),
        )}
      </span>
    </span>
  );
}
