import { percent } from '../../src/shared/format/percent';
import { ScrollBox } from '../common/scroll-box';
import type { RunSeries } from './run-series';

/** Rows per run: the latest ones, then the page stays light. */
const LATEST = 200;

/** The curves as text, the latest epoch first. */
export function EpochTable({ runs }: { readonly runs: readonly RunSeries[] }) {
  return (
    <ScrollBox label="Curves as a table" class="epochs">
      <table>
        <thead>
          <tr>
            {['Run', 'Seed', 'Epoch', 'Dev', 'Loss', 'Learning rate', 'Steps/s'].map(title => (
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
              .map(({ seed, epoch, loss, devAccuracy, learningRate, stepsPerSecond }) => (
                <tr key={`${at} ${seed} ${epoch}`}>
                  <th scope="row" class="name">
                    <bdi>{name}</bdi>
                  </th>
                  <td>{seed}</td>
                  <td>{epoch}</td>
                  <td>{devAccuracy === undefined ? '–' : percent(devAccuracy)}</td>
                  <td>{loss.toFixed(3)}</td>
                  <td>{Number(learningRate.toPrecision(3))}</td>
                  <td>{Number(stepsPerSecond.toPrecision(3))}</td>
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
                    <td colSpan={3} />
                  </tr>,
                ]),
          ])}
        </tbody>
      </table>
    </ScrollBox>
  );
}
