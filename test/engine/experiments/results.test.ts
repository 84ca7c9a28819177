import assert from 'node:assert/strict';
import { experimentFigures } from '../../../src/engine/experiments/figures/experiment-figures';
import { pngOf } from '../../../src/engine/experiments/figures/png';
import { averageOf } from '../../../src/engine/experiments/tables/averages';
import { longCsv } from '../../../src/engine/experiments/tables/long-csv';
import { resultTable } from '../../../src/engine/experiments/tables/result-table';
import { htmlTable, latexTable, markdownTable } from '../../../src/engine/experiments/tables/table-texts';
import { decodeImage } from '../../../src/engine/images/decode-image';
import { type Measurement, ZERO_SHOT } from '../../../src/shared/contracts/experiment-results';

function measurement(of: Partial<Measurement>, ...accuracies: readonly number[]): Measurement {
  const value = accuracies.reduce((a, b) => a + b, 0) / accuracies.length;
  const std = Math.sqrt(
    accuracies.reduce((sum, each) => sum + (each - value) ** 2, 0) / (accuracies.length - 1),
  );
  return {
    dataset: 'pets',
    model: 'RN50',
    target: null,
    kind: 'learned',
    series: 'M=16, end',
    layout: '[V:16] {}.',
    vectors: 16,
    shots: 16,
    images: 100,
    classes: 10,
    ofClasses: 10,
    seeds: accuracies.map((accuracy, at) => ({ seed: accuracies.length === 1 ? null : at + 1, accuracy })),
    accuracy: { value, low: value - 0.05, high: value + 0.05, n: 100 },
    ...(accuracies.length === 1 ? {} : { std }),
    delta: null,
    run: null,
    ...of,
  };
}

const zero = { kind: 'template', series: ZERO_SHOT, layout: null, vectors: null, shots: 0 } as const;
const grid = [
  measurement(zero, 0.5),
  measurement({ ...zero, dataset: 'cars' }, 0.3),
  measurement({ shots: 1 }, 0.5, 0.54, 0.55),
  measurement({}, 0.6, 0.62, 0.64),
  measurement({ dataset: 'cars', shots: 1 }, 0.2, 0.3, 0.4),
  measurement({ dataset: 'cars' }, 0.5, 0.46, 0.48),
];

describe('tables and figures of an experiment', () => {
  it('average over data sets seed by seed, and not where one is missing', () => {
    // Seeds 0.55, 0.54, 0.56: mean 0.55, sample standard deviation 0.01.
    const { mean, std } = averageOf([grid[3], grid[5]])!;
    assert.ok(Math.abs(mean - 0.55) < 1e-12 && Math.abs(std! - 0.01) < 1e-12);
    assert.equal(averageOf([grid[3], undefined]), null);
    assert.equal(averageOf([grid[0], grid[1]])!.std, null);
  });

  it('are the same numbers in Markdown, LaTeX and HTML, the best of a column marked', () => {
    const table = resultTable(grid, null);
    assert.deepEqual(table.columns, ['pets', 'cars', 'average']);
    assert.equal(
      markdownTable(table),
      [
        '| prompt | shots | pets | cars | average |',
        '| --- | --- | ---: | ---: | ---: |',
        '| zero-shot | – | 50.0 | 30.0 | 40.0 |',
        '| M=16, end | 1 shot | 53.0 ± 2.6 | 30.0 ± 10.0 | 41.5 ± 6.3 |',
        '| M=16, end | 16 shots | **62.0 ± 2.0** | **48.0 ± 2.0** | **55.0 ± 1.0** |',
        '',
      ].join('\n'),
    );
    assert.match(latexTable(table, 'T'), /M=16, end & 16 shots & \\textbf\{62\.0 \$\\pm\$ 2\.0\} &/);
    assert.match(htmlTable(table), /<b>62\.0 ± 2\.0<\/b><br><small>57\.0–67\.0<\/small>/);
  });

  it('have harmonic means where other classes are a target', () => {
    const both = [measurement({}, 0.8), measurement({ target: 'new' }, 0.6)];
    const { columns, rows } = resultTable(both, 'new');
    assert.deepEqual(columns, ['pets', 'new', 'pets H']);
    assert.ok(Math.abs(rows[0]!.values[2]!.mean - (2 * 0.8 * 0.6) / 1.4) < 1e-12);
  });

  it('show names from data as text, and no cell of the CSV is a formula', () => {
    const hostile = '<script>|&"=1+1_$\\';
    const one = [measurement({ series: hostile, dataset: '=HYPERLINK("x")' }, 0.5, 0.6)];
    const table = resultTable(one, null);
    assert.ok(!htmlTable(table).includes('<script'));
    assert.ok(!markdownTable(table).includes('<script'));
    assert.ok(
      latexTable(table, hostile).includes(
        '\\textless{}script\\textgreater{}|\\&"=1+1\\_\\$\\textbackslash{}',
      ),
    );
    const [head, first] = longCsv(one).split('\r\n');
    assert.equal(head!.split(',').slice(0, 3).join(), 'dataset,model,target');
    assert.ok(first!.startsWith(`"'=HYPERLINK(""x"")",RN50,test,learned,`));
    for (const { svg } of experimentFigures({ title: hostile }, [
      ...one,
      measurement({ series: hostile, shots: 1 }, 0.5),
    ]))
      assert.ok(!svg.includes('<script'));
  });

  it('are drawn for the axes that there are', () => {
    const names = (all: readonly Measurement[]) =>
      experimentFigures({ title: 'T' }, all).map(({ name }) => name);
    assert.deepEqual(names(grid), ['few-shot', 'gains-1']);
    const short = { series: 'M=4', layout: '[V:4] {}.', vectors: 4 };
    assert.deepEqual(names([...grid, measurement(short, 0.6)]), [
      'few-shot',
      'gains-1',
      'gains-2',
      'context-length',
    ]);
    assert.deepEqual(names(grid.filter(({ shots }) => shots !== 1)), ['gains-1']);
    assert.ok(names([...grid, measurement({ model: 'B16' }, 0.7)]).includes('backbones'));
    assert.deepEqual(names(grid.slice(0, 2)), []);
    const { svg } = experimentFigures({ title: 'T' }, grid)[0]!;
    // A panel for the average and for each data set, a star in each and in the legend.
    assert.equal(svg.match(/<polyline /g)!.length, 3);
    assert.ok(svg.includes('Average over 2 data sets'));
    assert.equal(svg.match(/fill="#7a4fbf"/g)!.length, 4);
  });

  it('are PNG, too, three dots a unit, with their text, the same each time', async () => {
    const { svg } = experimentFigures({ title: 'A title' }, grid)[0]!;
    const png = await pngOf(svg);
    const { rgb, width, height } = await decodeImage(png);
    const [, w, h] = /<svg[^>]* width="([\d.]+)"[^>]* height="([\d.]+)"/.exec(svg)!;
    assert.deepEqual([width, height], [Math.ceil(3 * Number(w)), Math.ceil(3 * Number(h))]);
    const dark = (pixels: Uint8Array) => pixels.filter(level => level < 100).length;
    const wordless = await decodeImage(await pngOf(svg.replace(/<text[^>]*>[^<]*<\/text>/g, '')));
    assert.ok(dark(rgb) > dark(wordless.rgb) + 1000);
    assert.deepEqual(await pngOf(svg), png);
  });
});
