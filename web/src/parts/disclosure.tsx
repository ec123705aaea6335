import { type ReactNode, useState } from "react";

/** A `<details>` whose content is drawn only once it has been asked for. */
export function Disclosure({
  summary,
  children,
  onOpen,
}: {
  summary: string;
  children: ReactNode;
  onOpen?: () => void;
}) {
  const [asked, setAsked] = useState(false);
  return (
    <details
      className="disclosure"
      onToggle={(event) => {
        if (!event.currentTarget.open) return;
        setAsked(true);
        onOpen?.();
      }}
    >
      <summary>{summary}</summary>
      {asked && children}
    </details>
  );
}
