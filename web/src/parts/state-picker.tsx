import { type InboxRoute, inboxHref } from "../routes.ts";
import { GROUP_STATE_ORDER, STATE_WORDS } from "../words.ts";
import { Link } from "./link.tsx";

/** Which groups the inbox lists: those to look at, those dealt with, those left alone. */
export function StatePicker({ route }: { route: InboxRoute }) {
  return (
    <nav className="segments" aria-label="State">
      {GROUP_STATE_ORDER.map((state) => (
        <Link
          key={state}
          href={inboxHref({ agent: route.agent, since: route.since, state })}
          aria-current={route.ungrouped === null && route.state === state ? "true" : undefined}
        >
          {STATE_WORDS[state].name}
        </Link>
      ))}
    </nav>
  );
}
