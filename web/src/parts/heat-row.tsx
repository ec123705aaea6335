import { tenth } from "../agents.ts";
import { plural } from "../format.ts";

/** Where in the run an agent's blamed steps are, first tenth to last; darker is more, and each cell says its number. */
export function HeatRow({ positions, most }: { positions: readonly number[]; most: number }) {
  return (
    <ol className="heat">
      {positions.map((steps, place) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          key={place}
          className={steps === 0 ? "heat-none" : `heat-${Math.ceil((steps / most) * 4)}`}
          title={`${tenth(place)} of the run: ${plural(steps, "blamed step")}`}
        >
          <span className="visually-hidden">{tenth(place)}: </span>
          {steps > 0 ? steps : <span className="visually-hidden">0</span>}
        </li>
      ))}
    </ol>
  );
}
