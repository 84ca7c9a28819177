import type { ComponentChildren } from 'preact';

interface Props {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A box that is wider inside than the page. */
export function ScrollBox({ label, class: style, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table is scrolled with the keyboard too
    <section class={style === undefined ? 'scroll' : `scroll ${style}`} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
