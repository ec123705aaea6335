import type { PureOperator } from "../operator.ts";
import { quoted, textPlaces } from "../places.ts";

const SHORTEST = 24;

/** A message breaks off. */
export const truncatedMessage: PureOperator = {
  name: "truncated-message",
  family: "flow",
  does: "breaks a message off in the middle",
  apply({ action, random }) {
    const place = random.pick(textPlaces(action).filter(({ text }) => text.length >= SHORTEST));
    if (place === undefined) return null;
    const share = 0.25 + random.next() * 0.5;
    const kept = place.text.slice(0, Math.ceil(place.text.length * share)).trimEnd();
    return { action: place.put(kept), reason: `The message breaks off after ${quoted(kept.slice(-60))}.` };
  },
};
