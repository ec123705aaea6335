import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { CulpritError } from "@culprit/schemas";
import { collectorVersion } from "../../version.ts";
import { checkedAddress } from "../address.ts";
import { PermanentError, type SendOptions } from "./sending.ts";

/**
 * POSTs JSON to the address that was checked. Redirects are not followed: they would lead past the check.
 *
 * @throws PermanentError for a private address and for answers that would not change: 3xx, and 4xx but 408 and 429
 */
export async function postJson(
  address: string,
  body: string,
  headers: Record<string, string>,
  { allowPrivate, signal }: Pick<SendOptions, "allowPrivate" | "signal">,
): Promise<void> {
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new PermanentError(`${url.protocol} is no web address`);
  const target = await reachable(url.hostname, allowPrivate);
  const status = await post(url, target, body, headers, signal);
  if (status >= 200 && status < 300) return;
  const passing = status === 408 || status === 429 || status >= 500;
  throw passing ? new Error(`it answered ${status}`) : new PermanentError(`it answered ${status}`);
}

/** An address that may be called. A private one is refused for good; a name without an address may get one. */
export async function reachable(host: string, allowPrivate: boolean): Promise<{ address: string; family: 4 | 6 }> {
  try {
    return await checkedAddress(host, allowPrivate);
  } catch (error) {
    if (error instanceof CulpritError && error.code === "webhook_private") {
      throw new PermanentError([error.message, error.mend].join(" "));
    }
    throw error;
  }
}

function post(
  url: URL,
  target: { address: string; family: 4 | 6 },
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<number> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: "POST",
        agent: false,
        signal,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": `culprit/${collectorVersion()}`,
          ...headers,
        },
        // The address that was checked is the one that is connected to; TLS still asks for the host's own name.
        lookup: (_host, options, callback) => {
          if (options.all) callback(null, [target]);
          else callback(null, target.address, target.family);
        },
      },
      (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
