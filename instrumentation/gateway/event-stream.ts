import { StringDecoder } from "node:string_decoder";

/**
 * Reads the `data` of the events of a `text/event-stream`, fed in whatever pieces it arrives. Line ends are LF, CRLF or
 * CR; an event that the stream ends in the middle of is not one.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStreamReader {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onData: (data: string) => void;
  #line = "";
  #data: string[] = [];
  #endedByCr = false;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  push(bytes: Buffer): void {
    let text = this.#decoder.write(bytes);
    if (text === "") return;
    if (this.#endedByCr && text.startsWith("\n")) text = text.slice(1);
    this.#endedByCr = text.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.#line + (lines[0] ?? "");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#onData(this.#data.join("\n"));
      this.#data = [];
    } else if (line.startsWith("data:")) this.#data.push(line.slice(line[5] === " " ? 6 : 5));
  }
}
