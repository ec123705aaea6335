import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Longest path a socket may have on every system. */
const MOST_PATH = 100;

/** Held for as long as its process lives, however that ends. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process: a socket that listens in it. Undefined when another process has it; a socket
 * nobody listens on any more is taken over.
 */
export async function lockDirectory(directory: string): Promise<Lock | undefined> {
  const path = socketPath(directory);
  for (let tries = 0; tries < 3; tries++) {
    const server = await listen(path);
    if (server !== undefined) return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    if (await answers(path)) return undefined;
    await unlink(path).catch(() => {});
  }
  return undefined;
}

function socketPath(directory: string): string {
  const path = join(directory, "lock.sock");
  if (Buffer.byteLength(path) <= MOST_PATH) return path;
  return join(tmpdir(), `culprit-${createHash("sha256").update(path).digest("hex").slice(0, 16)}.sock`);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
