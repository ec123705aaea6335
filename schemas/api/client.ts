import { CulpritError } from "../errors.ts";
import { type RouteInput, type RouteName, type RouteOutput, routes } from "./contract.ts";
import { apiErrorSchema } from "./failures.ts";

/** How to reach a collector: over the network, or an in-process app with the same `fetch`. */
export interface ClientOptions {
  /** Such as `http://localhost:4318`. */
  baseUrl: string;
  apiKey?: string | undefined;
  fetch?: (request: Request) => Promise<Response> | Response;
}

export interface Client {
  /**
   * Calls one route of the contract and checks the answer against it.
   *
   * @throws CulpritError with the server's own code and mend; `unreachable` when nothing answered;
   * `contract_broken` when the answer has another shape.
   */
  call<Name extends RouteName>(
    name: Name,
    input?: RouteInput<Name>,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<RouteOutput<Name>>;
  /** Sends a request outside the contract (`/v1/traces`, `/healthz`) with the same key. */
  send(path: string, init?: RequestInit): Promise<Response>;
}

/** A typed client over the route table. */
export function createClient(options: ClientOptions): Client {
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (options.apiKey) headers.set("authorization", `Bearer ${options.apiKey}`);
    const request = new Request(new URL(path, options.baseUrl), { ...init, headers });
    try {
      return await (options.fetch ?? fetch)(request);
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new CulpritError("unreachable", `Nothing answers at ${options.baseUrl}.`, {
        mend: "Start it with `culprit up`, or set CULPRIT_URL.",
        cause,
      });
    }
  };
  return {
    send,
    async call(name, input, { signal } = {}) {
      const route = routes[name];
      const { body, ...rest } = (input ?? {}) as Record<string, unknown>;
      const response = await send(target(route.path, rest), {
        method: route.method,
        ...(signal === undefined ? {} : { signal }),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const answer: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw toError(response.status, answer);
      const parsed = route.response.safeParse(answer);
      if (!parsed.success) {
        throw new CulpritError(
          "contract_broken",
          `${route.path} answered in another shape than this version expects.`,
          {
            mend: "Run the same version on both sides.",
            cause: parsed.error,
          },
        );
      }
      return parsed.data as RouteOutput<typeof name>;
    },
  };
}

function target(path: string, values: Record<string, unknown>): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (filled.includes(`:${key}`)) filled = filled.replace(`:${key}`, encodeURIComponent(String(value)));
    else query.set(key, String(value));
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

function toError(status: number, answer: unknown): CulpritError {
  const parsed = apiErrorSchema.safeParse(answer);
  if (!parsed.success) return new CulpritError("http_error", `The collector answered ${status}.`);
  const { code, message, mend } = parsed.data.error;
  return new CulpritError(code, message, mend === undefined ? {} : { mend });
}
