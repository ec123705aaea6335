import { useState } from "react";
import { ask } from "../api.ts";
import { asFailure, usePolled } from "../polling.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";
import { When } from "./when.tsx";

const pause = (): number => 15_000;

/** What people said about a run, and a place to say more. */
export function Comments({ traceId }: { traceId: string }) {
  const { data, failure, refresh } = usePolled(
    `comments ${traceId}`,
    pause,
    (signal) => ask("listComments", { trace_id: traceId }, signal),
    (event) => event.type === "refresh" || (event.type === "comment" && event.trace_id === traceId),
  );
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const add = async (): Promise<void> => {
    try {
      await ask("addComment", { trace_id: traceId, body: { text } });
      setText("");
      setProblem("");
      refresh();
    } catch (error) {
      setProblem(asFailure(error).message);
    }
  };
  return (
    <section className="card" aria-labelledby="comments-title">
      <h2 id="comments-title">Comments</h2>
      {data && data.comments.length > 0 && (
        <ol className="comments">
          {data.comments.map((comment) => (
            <li key={comment.comment_id}>
              <p className="muted">
                {brief(comment.author, 80)} · <When at={comment.at} />
                {comment.step !== null && (
                  <>
                    {" "}
                    · <Link href={runHref(traceId, comment.step)}>step {comment.step}</Link>
                  </>
                )}
              </p>
              <LongText text={comment.text} plain lines={8} characters={700} />
            </li>
          ))}
        </ol>
      )}
      <textarea
        rows={2}
        maxLength={20_000}
        aria-label="A comment on this run"
        placeholder="What you found out"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <button type="button" className="button" disabled={text.trim() === ""} onClick={() => void add()}>
        Comment
      </button>
      {(problem !== "" || failure) && <p className="muted">{problem || failure?.message}</p>}
    </section>
  );
}
