import type { Confidence, ReliabilityBin } from '../../src/shared/contracts/confidence';
import type { Report } from '../../src/shared/contracts/report';
import { percent } from '../../src/shared/format/percent';
import { aimRows, calibrationNotes } from '../../src/shared/verdicts/confidence-words';
import { PlotFrame, x, y } from './plot-frame';

/** How far the learned prompt's confidence can be trusted, and where “none of these” may begin. */
export function ConfidenceSection({ report }: { readonly report: Report }) {
  const { confidence, provenance } = report;
  if (confidence === undefined) return null;
  return (
    <section class="confidence">
      <h2>Confidence</h2>
      {calibrationNotes(confidence, provenance).map(note => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
      <div class="plots">
        <Reliability title="As it is" bins={confidence.learned.reliability.before} />
        <Reliability title="With the temperature" bins={confidence.learned.reliability.after} />
        <Coverage confidence={confidence} />
      </div>
      <table>
        <caption class="note">
          Answers below a confidence given up as “none of these”: the threshold is chosen on dev images, with
          the temperature. Images of none of the classes were not among them.
        </caption>
        <thead>
          <tr>
            <th scope="col">Of the answers</th>
            <th scope="col">“None of these” below</th>
            <th scope="col">Answered on dev</th>
            <th scope="col">Answered on test</th>
          </tr>
        </thead>
        <tbody>
          {aimRows(confidence, provenance).map(({ aim, threshold, dev, test }) => (
            <tr key={aim}>
              <th scope="row">{aim}</th>
              <td>{threshold}</td>
              <td>{dev}</td>
              <td>{test}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface ReliabilityProps {
  readonly title: string;
  readonly bins: readonly ReliabilityBin[];
}

/** A bar for each interval of confidence, as high as its answers are right; where it should end is the diagonal. */
function Reliability({ title, bins }: ReliabilityProps) {
  const filled = bins.filter(({ n }) => n > 0);
  const most = Math.max(1, ...filled.map(({ n }) => n));
  const words = filled
    .map(
      ({ n, confidence, accuracy }) =>
        `${percent(confidence)} sure: ${percent(accuracy)} right (${n} images)`,
    )
    .join('; ');
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <PlotFrame label={`${title}. ${words}`} horizontal="confidence, %" vertical="right on test, %">
        {bins.map(
          ({ n, confidence, accuracy }, at) =>
            n > 0 && (
              <g key={at}>
                <rect
                  class="bar"
                  x={x(at / bins.length)}
                  width={x(1 / bins.length) - x(0) - 1}
                  y={y(accuracy)}
                  height={y(0) - y(accuracy)}
                  // Bins of few images say little, and are seen so.
                  fill-opacity={0.25 + 0.6 * Math.sqrt(n / most)}
                >
                  <title>{`${percent(confidence)} sure, ${percent(accuracy)} right, n = ${n}`}</title>
                </rect>
                <circle class="mark" cx={x(confidence)} cy={y(accuracy)} r={2.5} />
              </g>
            ),
        )}
        <line class="diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      </PlotFrame>
    </figure>
  );
}

/** How often answers are right when only the surest ones are given. */
function Coverage({ confidence: { thresholds } }: { readonly confidence: Confidence }) {
  const line = (part: 'dev' | 'test') => {
    const all = thresholds[0]![part].answered;
    return thresholds
      .map(at => at[part])
      .filter(({ answered }) => answered > 0)
      .map(({ answered, right }) => `${x(answered / all).toFixed(1)},${y(right / answered).toFixed(1)}`)
      .join(' ');
  };
  const half = thresholds.findLast(({ test }) => test.answered * 2 >= thresholds[0]!.test.answered)!;
  const label = `Right answers by how many are given. With the surest half of the test images answered, ${percent(half.test.right / half.test.answered)} are right.`;
  return (
    <figure>
      <figcaption>When only the surest are answered</figcaption>
      <PlotFrame label={label} horizontal="answered, %" vertical="of them right, %">
        <polyline class="dev" points={line('dev')} />
        <polyline class="test" points={line('test')} />
      </PlotFrame>
      <p class="note key">
        <svg width="24" height="8" aria-hidden="true">
          <line class="test" x1="0" y1="4" x2="24" y2="4" />
        </svg>{' '}
        test{' '}
        <svg width="24" height="8" aria-hidden="true">
          <line class="dev" x1="0" y1="4" x2="24" y2="4" />
        </svg>{' '}
        dev
      </p>
    </figure>
  );
}
