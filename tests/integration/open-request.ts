import { connect, type Socket } from "node:net";

/** A request under way: its headers and the first byte of its body have been sent. */
export interface OpenRequest {
  socket: Socket;
  /** The answer's text, or "" when the connection ended without one. */
  answered: Promise<string>;
}

/** Begins to send a JSON body of `length` bytes to `/v1/traces`. */
export function openRequest(port: number, length: number): OpenRequest {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n{`,
  );
  let text = "";
  const answered = new Promise<string>((resolve) => {
    socket.on("data", (part) => {
      text += part;
      resolve(text);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
  return { socket, answered };
}
