import type { Style } from "./examples.ts";
import { FEATURE_GROUPS } from "./features/groups.ts";

/**
 * One of the linear models that are averaged for a style: which feature groups it sees, and how strongly their weights
 * are held at zero (L2). The list is fixed, none is picked by how well it does: with a hundred labelled runs picking
 * loses more than it finds. The mean of the scores of linear models is a linear model, so what ships is one weight a
 * feature.
 */
export interface Head {
  groups: readonly string[];
  penalty: number;
}

const HEADS_OF: Record<Style, { groups: readonly (readonly string[])[]; penalty: number }> = {
  exchange: {
    groups: [
      ["position", "content", "sequence", "check"],
      ["position", "speaker", "observation", "sequence", "check"],
      ["position", "speaker", "content", "observation", "sequence", "check"],
    ],
    penalty: 100,
  },
  // Fewer labelled runs, ten times as long: only what the roles and the course of the run say.
  orchestrated: {
    groups: [
      ["position", "speaker", "observation", "delegation", "check"],
      ["position", "speaker", "observation", "delegation", "check", "flow"],
    ],
    penalty: 40,
  },
};

/** The heads of a style, without the feature groups in `without`. */
export function headsOf(style: Style, without: readonly string[] = []): Head[] {
  const { groups, penalty } = HEADS_OF[style];
  return groups.map((names) => ({ groups: names.filter((name) => !without.includes(name)), penalty }));
}

/**
 * The linear model that says which agent it was, of all the agents' steps: it sees all that the style's other heads
 * see. How much it counts beside those is chosen in training, and may be nothing.
 */
export function agentHeadOf(style: Style, without: readonly string[] = []): Head {
  const groups = [...new Set(HEADS_OF[style].groups.flat())].filter((name) => !without.includes(name));
  return { groups, penalty: 60 };
}

/** Places of the features a head sees, in the order of the weights. */
export function placesOf({ groups }: Head): Int32Array {
  const places: number[] = [];
  let place = 0;
  for (const group of FEATURE_GROUPS) {
    for (const _ of group.features) {
      if (groups.includes(group.name)) places.push(place);
      place++;
    }
  }
  return Int32Array.from(places);
}
