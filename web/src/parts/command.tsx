import { useRef } from "react";
import { useCopy } from "../copying.ts";
import { Copied } from "./copy-id.tsx";
import { Icon } from "./icons.tsx";

/** A command to type, or to copy. */
export function Command({ children }: { children: string }) {
  const text = useRef<HTMLElement>(null);
  const { copied, copy } = useCopy(children, text);
  return (
    <div className="command">
      <pre>
        <code ref={text}>{children}</code>
      </pre>
      <button type="button" className="copy-id" onClick={copy} title="Copy">
        <span className="visually-hidden">Copy this</span>
        <Icon name={copied ? "done" : "copy"} />
        <Copied copied={copied} />
      </button>
    </div>
  );
}
