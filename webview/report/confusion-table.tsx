import { useState } from 'preact/hooks';
import type { Report } from '../../src/shared/report';

type Which = 'learned' | 'baseline' | 'difference';
/** More columns than this help nobody; the pairs that matter stand in the list. */
const MAX_CLASSES = 30;
const PAIRS = 10;

/** Counts on test images, rows the true class; and the pairs that are confused most. */
export function ConfusionTable({ report: { classes, confusion } }: { readonly report: Report }) {
  const [which, setWhich] = useState<Which>('learned');
  const counts = confusion.learned.map((row, r) =>
    row.map((value, c) => {
      const before = confusion.baseline[r]?.[c] ?? 0;
      if (which === 'learned') return value;
      return which === 'baseline' ? before : value - before;
    }),
  );
  const pairs = confusion.learned
    .flatMap((row, r) => row.map((value, c) => ({ r, c, value, before: confusion.baseline[r]?.[c] ?? 0 })))
    .filter(({ r, c, value }) => r !== c && value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, PAIRS);
  return (
    <section>
      <h2>Confusions</h2>
      <ul>
        {pairs.map(({ r, c, value, before }) => (
          <li key={`${r} ${c}`}>
            {classes[r]} taken for {classes[c]}: {value} (baseline {before})
          </li>
        ))}
      </ul>
      {classes.length <= MAX_CLASSES && (
        <>
          <fieldset>
            <legend class="sr">What the matrix shows</legend>
            {(['learned', 'baseline', 'difference'] as const).map(name => (
              <label key={name}>
                <input type="radio" name="matrix" checked={which === name} onChange={() => setWhich(name)} />{' '}
                {name}
              </label>
            ))}
          </fieldset>
          <div class="scroll">
            <table class="matrix">
              <caption class="note">Rows: true class; columns: answer</caption>
              <thead>
                <tr>
                  <td />
                  {classes.map(name => (
                    <th scope="col" key={name}>
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {counts.map((row, r) => (
                  <tr key={classes[r]}>
                    <th scope="row">{classes[r]}</th>
                    {row.map((value, c) => (
                      <td key={classes[c]} class={r === c ? 'right' : value > 0 ? 'wrong' : 'zero'}>
                        {which === 'difference' && value > 0 ? `+${value}` : value}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
