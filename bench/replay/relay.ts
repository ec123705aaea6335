import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A model endpoint on loopback that takes its time: scripted, no language model runs. */
export interface RelayEndpoint {
  url: string;
  close(): Promise<void>;
}

const AGENTS = ["Ada", "Ben", "Cleo", "Dora"];

/** Every agent hands on the number it was told, one higher; step `slip` hands on one too many. */
export async function startRelayEndpoint(delayMs: number, slip: number): Promise<RelayEndpoint> {
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      const { messages } = JSON.parse(text) as { messages: { content: string }[] };
      const [, step = "0", told = "0"] = /step (\d+): (\d+)/.exec(messages.at(-1)?.content ?? "") ?? [];
      const content = String(Number(told) + 1 + (Number(step) === slip ? 1 : 0));
      const message = { role: "assistant", content };
      const body = JSON.stringify({
        id: `chatcmpl-${step}`,
        object: "chat.completion",
        created: 1,
        model: "scripted",
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 },
      });
      setTimeout(() => response.setHeader("content-type", "application/json").end(body), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** A relay of agents over `steps` calls; what the last one says. @param took told of each call's milliseconds */
export async function relay(
  baseUrl: string,
  steps: number,
  took: (ms: number) => void = () => undefined,
): Promise<string> {
  let said = "0";
  for (let step = 0; step < steps; step++) {
    const began = performance.now();
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "scripted",
        messages: [
          { role: "system", content: `You are ${AGENTS[step % AGENTS.length]}.` },
          { role: "user", content: `step ${step}: ${said}` },
        ],
      }),
    });
    if (!response.ok) throw new Error(`the endpoint answered ${response.status}`);
    said =
      ((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? "";
    took(performance.now() - began);
  }
  return said;
}
