import { useContext, useLayoutEffect } from 'preact/hooks';
import { MemoryContext } from './memory';

const NAME = 'page scroll';
const SETTLED_MS = 100;

/** Brings a page back to where it was scrolled to: VS Code makes it anew whenever its tab is shown again. */
export function usePageScroll(): void {
  const memory = useContext(MemoryContext);
  useLayoutEffect(() => {
    const kept = memory.get(NAME);
    const restore = () => {
      if (typeof kept === 'number') window.scrollTo(0, kept);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const save = () => {
      clearTimeout(timer);
      timer = setTimeout(() => memory.set(NAME, Math.round(window.scrollY)), SETTLED_MS);
    };
    restore();
    // Parts that measure themselves have their height one frame later; only then is a scroll a person's own.
    const frame = requestAnimationFrame(() => {
      restore();
      window.addEventListener('scroll', save, { passive: true });
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      window.removeEventListener('scroll', save);
    };
  }, []);
}
