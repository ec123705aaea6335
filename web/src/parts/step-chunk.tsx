import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Height of a step that was never drawn, in pixels. */
const GUESSED_STEP = 120;
const AHEAD = "1200px 0px";

interface StepChunkProps {
  /** Index of its first step. */
  start: number;
  size: number;
  /** Drawn wherever the page is scrolled to. */
  pinned: boolean;
  children: () => ReactNode;
}

/** Some steps of a long list, drawn while they are near what is seen; elsewhere a gap of the same height. */
export function StepChunk({ start, size, pinned, children }: StepChunkProps) {
  const [near, setNear] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const height = useRef(size * GUESSED_STEP);
  const drawn = near || pinned;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      rootMargin: AHEAD,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!drawn || !element) return;
    const sizes = new ResizeObserver(([entry]) => {
      if (entry) height.current = entry.contentRect.height;
    });
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [drawn]);
  return (
    <div ref={box} className="step-chunk" style={drawn ? undefined : { height: height.current }}>
      {drawn && (
        <ol className="steps" start={start}>
          {children()}
        </ol>
      )}
    </div>
  );
}
