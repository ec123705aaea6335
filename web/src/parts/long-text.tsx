import { useState } from "react";
import { count } from "../format.ts";
import { excerpt, type Stretch, stretches } from "../text.ts";

interface LongTextProps {
  text: string;
  /** Fixed-width throughout, as terminals print. */
  mono?: boolean;
  /** Never set as code; for sentences. */
  plain?: boolean;
  lines?: number;
  characters?: number;
}

/** What one click adds at most: a text node of megabytes would freeze the tab. */
const CHUNK = 100_000;

/** Text of any length: its head, and the rest when asked for. */
export function LongText({ text, mono = false, plain = false, lines = 18, characters = 1600 }: LongTextProps) {
  const [limit, setLimit] = useState(0);
  const open = limit > 0;
  const { shown, left } = open ? excerpt(text, limit, Number.POSITIVE_INFINITY) : excerpt(text, characters, lines);
  return (
    <span className="long-text">
      <Body text={shown} mono={mono} plain={plain} open={open} />
      {left > 0 && (
        <button type="button" className="show-more" onClick={() => setLimit(limit + CHUNK)}>
          {limit + CHUNK >= text.length ? "Show all" : "Show more"}{" "}
          <span className="muted">{count(left)} characters left</span>
        </button>
      )}
      {open && (
        <button type="button" className="show-more" onClick={() => setLimit(0)}>
          Show less
        </button>
      )}
    </span>
  );
}

function Body({ text, mono, plain, open }: { text: string; mono: boolean; plain: boolean; open: boolean }) {
  if (plain) return <span className="prose">{text}</span>;
  if (mono) return <Code text={text} open={open} />;
  // biome-ignore lint/suspicious/noArrayIndexKey: stretches of one text never move
  return stretches(text).map((stretch, at) => <Piece key={at} stretch={stretch} open={open} />);
}

function Piece({ stretch, open }: { stretch: Stretch; open: boolean }) {
  if (stretch.kind === "prose") return <span className="prose">{stretch.text.trim()}</span>;
  return <Code text={stretch.text} language={stretch.language} open={open} />;
}

/** Unfolded it may scroll by itself, so the keyboard has to reach it. */
function Code({ text, language = "", open }: { text: string; language?: string; open: boolean }) {
  return (
    <code className="code" tabIndex={open ? 0 : undefined}>
      {language !== "" && <span className="code-language">{language}</span>}
      {text}
    </code>
  );
}
