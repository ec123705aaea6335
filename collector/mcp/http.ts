import { type ApiError, createClient } from "@culprit/schemas";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { accessOf, missingScope } from "../access/access.ts";
import { failureResponse } from "../api/failures.ts";

const MOST_BYTES = 1024 * 1024;

/**
 * MCP over HTTP at `/mcp`, without sessions: each request is answered by a server of its own, which asks the API with the
 * caller's key. Read-only; at `/mcp?write=1` a key that may write has the tools that do.
 *
 * @param ask the collector's own `fetch`
 */
export function createMcpEndpoint(ask: (request: Request) => Response | Promise<Response>): Hono {
  const app = new Hono();
  const tooLarge: ApiError = { error: { code: "too_large", message: "The body is larger than 1 MiB." } };
  app.use("/mcp", bodyLimit({ maxSize: MOST_BYTES, onError: (context) => context.json(tooLarge, 413) }));
  app.all("/mcp", async (context) => {
    const authorization = context.req.header("authorization");
    const client = createClient({
      baseUrl: "http://localhost",
      fetch: async (request) => {
        if (authorization !== undefined) request.headers.set("authorization", authorization);
        return await ask(request);
      },
    });
    // Loaded when first asked for: most processes never are, and it weighs.
    const [{ createMcpServer }, { WebStandardStreamableHTTPServerTransport }] = await Promise.all([
      import("./server.ts"),
      import("@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js"),
    ]);
    const asked = context.req.query("write") === "1";
    const missing = asked ? missingScope(accessOf(context), ["ingest", "read"]) : undefined;
    if (missing) return failureResponse(missing);
    const server = createMcpServer(client, { write: asked });
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    try {
      return await transport.handleRequest(context.req.raw);
    } finally {
      await server.close();
    }
  });
  return app;
}
