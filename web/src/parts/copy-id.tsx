import { useRef } from "react";
import { useCopy } from "../copying.ts";
import { Icon } from "./icons.tsx";

/** An id that copies itself whole. */
export function CopyId({ id, label, short = false }: { id: string; label: string; short?: boolean }) {
  const text = useRef<HTMLSpanElement>(null);
  const { copied, copy } = useCopy(id, text);
  return (
    <button type="button" className="copy-id" onClick={copy} title={`Copy ${label} ${id}`}>
      <span className="visually-hidden">Copy {label} </span>
      <span className="mono" ref={text}>
        {short ? `${id.slice(0, 8)}…` : id}
      </span>
      <Icon name={copied ? "done" : "copy"} />
      <Copied copied={copied} />
    </button>
  );
}

/** Tells readers that it is done. */
export function Copied({ copied }: { copied: boolean }) {
  return (
    <span className="visually-hidden" aria-live="polite">
      {copied ? "Copied" : ""}
    </span>
  );
}
