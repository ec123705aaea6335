import type { ReactNode } from "react";

/** A page-wide message: something empty, missing or broken, and what to do. */
export function Notice({
  title,
  children,
  kind = "plain",
}: {
  title: string;
  children: ReactNode;
  kind?: "plain" | "alert";
}) {
  return (
    <section className={`notice notice-${kind}`} role={kind === "alert" ? "alert" : undefined}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Says what is on its way; appears only when it takes a moment. */
export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      Loading {what}…
    </p>
  );
}
