import { Upstream } from "@culprit/instrumentation/gateway";

const PATIENCE_MS = 5000;

/**
 * Asks the gateway's upstream for its models, without a key: an answer of any kind says that calls get there.
 *
 * @throws CulpritError `config_invalid`, `upstream_unreachable`, `upstream_timeout`, `upstream_closed`
 */
export async function checkGateway(url: string): Promise<{ value: number; detail: string }> {
  const upstream = new Upstream({ url, silenceMs: PATIENCE_MS });
  try {
    const { message } = await upstream.send({
      method: "GET",
      path: "/models",
      query: "",
      headers: [],
      body: Buffer.alloc(0),
      signal: AbortSignal.timeout(2 * PATIENCE_MS),
    });
    message.destroy();
    const status = message.statusCode ?? 0;
    const meaning = status === 401 || status === 403 ? "it wants the caller's key" : "";
    return { value: status, detail: [`${upstream.url} answers ${status}`, meaning].filter(Boolean).join("; ") };
  } finally {
    upstream.close();
  }
}
