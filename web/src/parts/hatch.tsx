/** A hatched fill, for what colour alone should not tell apart. */
export function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="hatch-ground" width="4" height="4" />
        <rect className="hatch-line" width="1.6" height="4" />
      </pattern>
    </defs>
  );
}
