import assert from 'node:assert/strict';
import { ScoringProgress } from '../../../src/shared/format/scoring-progress';

describe('progress of scoring', () => {
  const at = (done: number, unit = 'images', perSecond?: number) => ({
    job: '1',
    message: '',
    done,
    total: 5000,
    unit,
    ...(perSecond === undefined ? {} : { perSecond }),
  });

  it('has unit, rate and time left, of the engine’s own rate or of what was done', () => {
    const progress = new ScoringProgress();
    assert.equal(progress.text(0), null);
    progress.add(at(1000), 0);
    assert.equal(progress.text(0), '1,000 / 5,000 images');
    progress.add(at(3000), 10_000);
    assert.equal(progress.text(10_000), '3,000 / 5,000 images · 200 images/s · ≈ 10 s left');
    progress.add(at(4000, 'images', 100), 11_000);
    assert.equal(progress.text(11_000), '4,000 / 5,000 images · 100 images/s · ≈ 10 s left');
  });

  it('begins anew with another unit', () => {
    const progress = new ScoringProgress();
    progress.add(at(3000), 0);
    progress.add(at(1, 'templates'), 5000);
    assert.equal(progress.text(5000), '1 / 5,000 templates');
  });
});
