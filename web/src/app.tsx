import { useEffect } from "react";
import { startLive } from "./live.ts";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { useRoute, useScroll } from "./router.ts";
import type { Route } from "./routes.ts";
import { AgentsView } from "./views/agents.tsx";
import { AlertsView } from "./views/alerts.tsx";
import { DatasetView } from "./views/dataset.tsx";
import { DatasetsView } from "./views/datasets.tsx";
import { GroupView } from "./views/group.tsx";
import { InboxView } from "./views/inbox.tsx";
import { MissingView } from "./views/missing.tsx";
import { QualityView } from "./views/quality.tsx";
import { ReplayView } from "./views/replay.tsx";
import { RunView } from "./views/run.tsx";
import { SettingsView } from "./views/settings.tsx";

/** The page: a top bar and one view by address. */
export function App() {
  const route = useRoute();
  useScroll(route);
  useEffect(startLive, []);
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <TopBar route={route} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={placeOf(route)}>
          <View key={placeOf(route)} route={route} />
        </ErrorBoundary>
      </main>
    </>
  );
}

/** A view starts over when it shows another thing. */
function placeOf(route: Route): string {
  if (route.view === "run") return route.traceId;
  if (route.view === "replay") return `${route.traceId} ${route.replay}`;
  if (route.view === "dataset") return `${route.name} ${route.version}`;
  return route.view === "group" ? route.groupId : route.view;
}

function View({ route }: { route: Route }) {
  switch (route.view) {
    case "inbox":
      return <InboxView route={route} />;
    case "group":
      return <GroupView route={route} />;
    case "run":
      return <RunView route={route} />;
    case "replay":
      return <ReplayView route={route} />;
    case "agents":
      return <AgentsView route={route} />;
    case "quality":
      return <QualityView route={route} />;
    case "datasets":
      return <DatasetsView />;
    case "dataset":
      return <DatasetView route={route} />;
    case "alerts":
      return <AlertsView route={route} />;
    case "settings":
      return <SettingsView />;
    default:
      return <MissingView />;
  }
}
