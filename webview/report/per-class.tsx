import { percent } from '../../src/shared/format/percent';
import { points } from '../../src/shared/format/points';
import type { ClassResult } from '../../src/shared/report';

/** Accuracy of every class before and after, the greatest gain first. */
export function PerClass({ classes }: { readonly classes: readonly ClassResult[] }) {
  const change = ({ baseline, learned }: ClassResult) => learned - baseline;
  const sorted = classes.toSorted((a, b) => change(b) - change(a));
  return (
    <section>
      <h2>Classes</h2>
      <table>
        <thead>
          <tr>
            {['Class', 'n', 'Baseline', 'Learned', 'Change'].map(title => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
            <th scope="col">
              <span class="sr">Change as a bar</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(result => (
            <tr key={result.name}>
              <th scope="row">{result.name}</th>
              <td>{result.n}</td>
              <td>{percent(result.baseline)}</td>
              <td>{percent(result.learned)}</td>
              <td>{points(change(result))}</td>
              <td class="bar">
                <meter
                  min={0}
                  max={1}
                  value={Math.abs(change(result))}
                  class={change(result) < 0 ? 'loss' : 'gain'}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
