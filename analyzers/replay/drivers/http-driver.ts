import { CulpritError } from "@culprit/schemas";
import type { ExternalContext, ExternalDriver } from "./external.ts";
import { saidEnd } from "./said-outcome.ts";

export interface HttpOptions {
  /** The hook in the system that starts it again. */
  url: string;
  /** Such as its authorization. */
  headers?: Readonly<Record<string, string>>;
}

const MOST_ANSWER = 1024 * 1024;

/**
 * `POST` to a hook of a running system: `{task, task_id, base_url, run_url, replay_id, of, traceparent}`. It answers 200
 * with how the run ended (`{"success": true}`, `{"answer": …}`) once it is over, or 202 at once and then reports the
 * outcome to `${run_url}/outcome`. Any other answer is a crash.
 */
export function httpDriver({ url, headers = {} }: HttpOptions): ExternalDriver {
  return async (context) => {
    const response = await post(url, headers, context);
    const text = await readBounded(response);
    if (response.status === 202) {
      const aborted = new Promise<never>((_, reject) => {
        context.signal.addEventListener("abort", () => reject(context.signal.reason), { once: true });
      });
      return { outcome: await Promise.race([context.reported, aborted]), answer: "" };
    }
    if (!response.ok) {
      throw new CulpritError("driver_failed", `The hook answered ${response.status}: ${text.slice(0, 500)}`, {
        mend: "Mend the hook; it answers 200 when the run is over, or 202 when it reports the outcome later.",
      });
    }
    const said = parsed(text);
    return { outcome: said?.outcome ?? null, answer: said?.answer ?? text };
  };
}

function post(url: string, headers: Readonly<Record<string, string>>, context: ExternalContext): Promise<Response> {
  const { task, taskId, baseUrl, runUrl, replayId, of, traceparent, signal } = context;
  return fetch(url, {
    method: "POST",
    redirect: "error",
    signal,
    headers: { ...headers, "content-type": "application/json", traceparent },
    body: JSON.stringify({
      task,
      task_id: taskId,
      base_url: baseUrl,
      run_url: runUrl,
      replay_id: replayId,
      of,
      traceparent,
    }),
  });
}

async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MOST_ANSWER) throw new CulpritError("driver_failed", "The hook's answer is larger than 1 MiB.");
  }
  return text;
}

function parsed(text: string): ReturnType<typeof saidEnd> {
  try {
    return saidEnd(JSON.parse(text));
  } catch {
    return null;
  }
}
