import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An OpenAI-compatible endpoint as a process of its own: scripted, no language model runs here. It answers each
 * request after a latency drawn around the mean it is told (0.6 to 1.6 of it, the same sequence every time), streamed
 * as vLLM does, and tells its parent what it saw when asked.
 */
const meanMs = Number(process.argv[2]);
let state = 42;
/** How long each request took here, in the order they came. */
const served: number[] = [];
let asked = 0;
let underWay = 0;
let most = 0;
let firstAt = 0;
let lastAt = 0;

/** Uniform in [0, 1), reproducible (mulberry32). */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** Right-skewed, mean 1. */
function draw(): number {
  return 0.6 + random() * random() * 1.6;
}

function event(choices: unknown[], usage?: unknown): string {
  const body = { id: "c", object: "chat.completion.chunk", model: "scripted", choices, usage };
  return `data: ${JSON.stringify(body)}\n\n`;
}

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.method !== "POST" || !request.url?.endsWith("/chat/completions")) {
      response.writeHead(404).end();
      return;
    }
    firstAt ||= Date.now();
    most = Math.max(most, ++underWay);
    const latency = meanMs * draw();
    const began = performance.now();
    const at = asked++;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(event([{ index: 0, delta: { reasoning: "it is the code" }, finish_reason: null }]));
    setTimeout(() => {
      underWay--;
      served[at] = performance.now() - began;
      lastAt = Date.now();
      response.write(event([{ index: 0, delta: { content: "<answer>Coder|1</answer>" }, finish_reason: "stop" }]));
      response.write(event([], { prompt_tokens: 900, completion_tokens: 60 }));
      response.end("data: [DONE]\n\n");
    }, latency);
  });
});

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => process.send?.({ served, most, firstAt, lastAt }));
