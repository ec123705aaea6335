import { type RefObject, useState } from "react";

/** Copies a text; selects the element that shows it where the browser refuses the clipboard. */
export function useCopy(text: string, shown: RefObject<HTMLElement | null>): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
    }
  };
  return { copied, copy: () => void copy() };
}
