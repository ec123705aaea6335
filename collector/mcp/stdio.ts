import type { Client } from "@culprit/schemas";

/**
 * Serves MCP on stdin and stdout.
 *
 * @param options.write also the tools that change something
 * @returns what ends it
 */
export async function serveMcpStdio(client: Client, options: { write: boolean }): Promise<() => Promise<void>> {
  const [{ createMcpServer }, { StdioServerTransport }] = await Promise.all([
    import("./server.ts"),
    import("@modelcontextprotocol/sdk/server/stdio.js"),
  ]);
  const server = createMcpServer(client, options);
  await server.connect(new StdioServerTransport());
  return () => server.close();
}
