import { type Agent, request } from "node:http";

/** Answer of a statement as bytes, over plain HTTP and nothing else. */
export function askEngineBytes(engineUrl: string, query: string, body?: Uint8Array, agent?: Agent): Promise<Buffer> {
  const url = new URL(engineUrl);
  const { username, password, pathname } = url;
  const target = new URL(`http://${url.host}/`);
  target.searchParams.set("database", pathname.slice(1));
  target.searchParams.set("async_insert", "0");
  if (body !== undefined) target.searchParams.set("query", query);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      target,
      { method: "POST", auth: `${username}:${password}`, ...(agent ? { agent } : {}) },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const answer = Buffer.concat(chunks);
          if (incoming.statusCode === 200) resolve(answer);
          else reject(new Error(answer.toString("utf8").slice(0, 500)));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body ?? query);
  });
}

export async function askEngine(engineUrl: string, query: string): Promise<string> {
  return (await askEngineBytes(engineUrl, query)).toString("utf8");
}

export async function commandEngine(engineUrl: string, query: string): Promise<void> {
  await askEngineBytes(engineUrl, query);
}
