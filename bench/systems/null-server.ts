/** Reads and decodes OTLP trace requests and answers them; keeps nothing. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeTracesJson, decodeTracesProtobuf } from "@culprit/collector";

const server = createServer((incoming, outgoing) => {
  void bodyOf(incoming).then((body) => {
    const isJson = incoming.headers["content-type"] === "application/json";
    const { spans } = isJson ? decodeTracesJson(body.toString("utf8")) : decodeTracesProtobuf(body);
    outgoing.writeHead(spans.length > 0 ? 200 : 400, { "content-type": incoming.headers["content-type"] ?? "" });
    outgoing.end(isJson ? "{}" : undefined);
  });
});

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on("SIGTERM", () => process.exit(0));
