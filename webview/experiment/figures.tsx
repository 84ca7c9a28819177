import type { ToExperiment } from '../../src/shared/contracts/webview';

/** Figures as pictures: an SVG in an image runs no script and loads nothing. */
export function Figures({ figures, undrawn }: Pick<ToExperiment, 'figures' | 'undrawn'>) {
  if (figures.length + undrawn.length === 0) return null;
  return (
    <section class="figures" aria-label="Figures">
      {figures.map(({ name, uri }) => (
        <figure key={name}>
          <img src={uri} alt={`Figure “${wordsOf(name)}” of the numbers in the table`} />
        </figure>
      ))}
      {undrawn.map(why => (
        <p key={why} class="note">
          {why}
        </p>
      ))}
    </section>
  );
}

const wordsOf = (name: string) => name.replace(/\.svg$/, '').replaceAll('-', ' ');
