import { GROUP_STATES } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupHref, inboxHref, parseRoute, replayHref, runHref } from "../../../web/src/routes.ts";

const at = (href: string) => parseRoute(new URL(href, "http://localhost:4318"));
const TRACE = "0123456789abcdef0123456789abcdef";

describe("addresses of the page", () => {
  it("come back as they were made, whatever an agent is called", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.constantFrom("24h", "7d", "30d", "3650d"),
        fc.constantFrom(...GROUP_STATES),
        (agent, since, state) => {
          expect(at(inboxHref({ agent, since, state }))).toEqual({
            view: "inbox",
            agent,
            ungrouped: null,
            state,
            since,
          });
        },
      ),
    );
  });

  it("name runs and steps", () => {
    expect(at(runHref(TRACE))).toEqual({ view: "run", traceId: TRACE, step: null });
    expect(at(runHref(TRACE, 7))).toEqual({ view: "run", traceId: TRACE, step: 7 });
  });

  it("name groups and replays, whatever a replay is called", () => {
    expect(at(groupHref("0123456789abcdef", "7d"))).toEqual({
      view: "group",
      groupId: "0123456789abcdef",
      since: "7d",
    });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (replay) => {
        expect(at(replayHref(TRACE, replay))).toEqual({ view: "replay", traceId: TRACE, replay });
      }),
    );
  });

  it("keep to windows the API takes", () => {
    expect(at("/?since=forever")).toMatchObject({ since: "30d" });
    expect(at("/?status=none")).toMatchObject({ ungrouped: "none" });
    expect(at("/?state=closed")).toMatchObject({ state: "open" });
  });

  it.each(["/runs/", "/runs/XYZ", `/runs/${TRACE}/spans`, `/runs/${TRACE}/replay`, "/groups/1", "/elsewhere"])(
    "show nothing at %s",
    (path) => expect(at(path)).toEqual({ view: "missing" }),
  );
});
