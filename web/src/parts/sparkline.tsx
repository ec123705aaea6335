/** Counts over equal parts of a window, oldest first, as bars; the words beside it say the numbers. */
export function Sparkline({ counts, label }: { counts: readonly number[]; label: string }) {
  const most = Math.max(1, ...counts);
  const step = 100 / Math.max(1, counts.length);
  return (
    <svg className="sparkline" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <path className="spark-ground" d="M0 19.5H100" />
      {counts.map((count, at) => {
        const height = count === 0 ? 0 : Math.max(2, (count / most) * 19);
        // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the window
        return <rect key={at} x={at * step} y={20 - height} width={step * 0.8} height={height} />;
      })}
    </svg>
  );
}
