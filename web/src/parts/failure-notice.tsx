import type { ApiFailure } from "../api.ts";
import { Command } from "./command.tsx";
import { Notice } from "./notice.tsx";

/** What went wrong with a request, what mends it, and a way to try again. */
export function FailureNotice({ failure, retry, stale }: { failure: ApiFailure; retry: () => void; stale: boolean }) {
  const gone = failure.code === "unreachable";
  return (
    <Notice title={gone ? "The collector does not answer" : failure.message} kind="alert">
      {gone && (
        <>
          <p>
            {stale ? "What you see below was loaded before it went away. " : ""}Start it again where its data is; this
            page reconnects by itself.
          </p>
          <Command>culprit up</Command>
        </>
      )}
      {!gone && failure.mend && <p>{failure.mend}</p>}
      <p>
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>{" "}
        <span className="muted mono">{failure.code}</span>
      </p>
    </Notice>
  );
}
