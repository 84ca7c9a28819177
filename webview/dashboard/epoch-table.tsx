import { percent } from '../../src/shared/format/percent';
import { ScrollBox } from '../common/scroll-box';
import { figuresOf } from './figures';
import type { RunSeries } from './run-series';

/** Rows per run: the latest ones, then the page stays light. */
const LATEST = 200;

/** The curves as text, the latest epoch first. */
export function EpochTable({ runs }: { readonly runs: readonly RunSeries[] }) {
  const figures = figuresOf(runs);
  return (
    <ScrollBox label="Curves as a table" class="epochs">
      <table>
        <thead>
          <tr>
            {['Run', 'Seed', 'Epoch', ...figures.map(({ column }) => column)].map(title => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.flatMap(({ name, epochs, baseline }, at) => [
            ...epochs
              .slice(-LATEST)
              .toReversed()
              .map(event => (
                <tr key={`${at} ${event.seed} ${event.epoch}`}>
                  <th scope="row" class="name">
                    <bdi>{name}</bdi>
                  </th>
                  <td>{event.seed}</td>
                  <td>{event.epoch}</td>
                  {figures.map(({ column, text }) => (
                    <td key={column}>{text(event)}</td>
                  ))}
                </tr>
              )),
            ...(baseline === undefined
              ? []
              : [
                  <tr key={`${at} baseline`}>
                    <th scope="row" class="name">
                      <bdi>{name}</bdi>
                    </th>
                    <td />
                    <td>baseline</td>
                    <td>{percent(baseline)}</td>
                    <td colSpan={figures.length - 1} />
                  </tr>,
                ]),
          ])}
        </tbody>
      </table>
    </ScrollBox>
  );
}
