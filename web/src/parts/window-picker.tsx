import { WINDOWS } from "../routes.ts";
import { Link } from "./link.tsx";

/** How far back a view looks. */
export function WindowPicker({ since: chosen, href }: { since: string; href: (since: string) => string }) {
  return (
    <nav className="segments" aria-label="Time window">
      {WINDOWS.map(({ since, label }) => (
        <Link key={since} href={href(since)} aria-current={since === chosen ? "true" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
