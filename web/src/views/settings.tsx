import { useEffect } from "react";
import { ask } from "../api.ts";
import { count, duration } from "../format.ts";
import { Command } from "../parts/command.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { KeyList } from "../parts/key-list.tsx";
import { Loading } from "../parts/notice.tsx";
import { Redaction, Retention } from "../parts/privacy.tsx";
import { Unread } from "../parts/unread.tsx";
import { usePolled } from "../polling.ts";
import { brief } from "../text.ts";

const pause = (): number => 15_000;

/** What this collector is, who may use it, and what it was sent that it cannot read. Changes are the commands'. */
export function SettingsView() {
  const status = usePolled("status", pause, (signal) => ask("status", {}, signal));
  const keys = usePolled("keys", pause, (signal) => ask("listKeys", {}, signal));
  const settings = usePolled("settings", pause, (signal) => ask("getSettings", {}, signal));
  const unread = usePolled("unread", pause, (signal) => ask("listUnread", {}, signal));
  useEffect(() => {
    document.title = "Settings · Culprit";
  }, []);
  const { data, failure, refresh } = status;
  return (
    <div className="inbox">
      <header className="view-head">
        <div>
          <h1>Settings</h1>
          <p className="lede">Read here, changed by command and by file.</p>
        </div>
      </header>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="the settings" />}
      <div className="blocks">
        {data && (
          <section aria-labelledby="collector-title">
            <h2 id="collector-title">This collector</h2>
            <dl className="rows">
              <dt>version</dt>
              <dd>{data.version}</dd>
              <dt>store</dt>
              <dd>{data.store === "embedded" ? "embedded, one process" : "a server"}</dd>
              <dt>holds</dt>
              <dd>
                {count(data.runs)} runs, {count(data.spans)} spans
              </dd>
              {settings.data && (
                <>
                  <dt>attributes with</dt>
                  <dd>
                    {settings.data.attribution.strategy}
                    {settings.data.attribution.model !== "" && (
                      <span className="muted">model {brief(settings.data.attribution.model, 120)}</span>
                    )}
                    <span className="muted">
                      once a run has been quiet for {duration(settings.data.attribution.settle_seconds * 1000)}
                    </span>
                  </dd>
                  <dt>gateway</dt>
                  <dd>{settings.data.gateway ? "at /gateway of this address" : "none"}</dd>
                </>
              )}
              <dt>API</dt>
              <dd>
                <a href="/reference">Reference</a> <a href="/api/v1/openapi.json">OpenAPI document</a>
              </dd>
            </dl>
            <p className="muted">Is everything as it should be, settings and store and tracer?</p>
            <Command>culprit doctor</Command>
          </section>
        )}
        {settings.data && <Retention settings={settings.data} />}
        {settings.data && <Redaction settings={settings.data} />}
        {keys.failure ? <NotAllowed message={keys.failure.message} /> : keys.data && <KeyList keys={keys.data.keys} />}
        {unread.data && <Unread scopes={unread.data.scopes} />}
      </div>
    </div>
  );
}

function NotAllowed({ message }: { message: string }) {
  return (
    <section aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <p className="muted">{message}</p>
    </section>
  );
}
