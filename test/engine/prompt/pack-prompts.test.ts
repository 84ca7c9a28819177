import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BlockQueries } from '../../../src/engine/prompt/attention-blocks';
import { type PackedPrompts, type PackedRow, packPrompts } from '../../../src/engine/prompt/pack-prompts';
import { rowKeyText } from '../../../src/engine/prompt/prompt-rows';
import { type Layout, layouts, packOptions, promptRows } from '../support/layout-case';

const text = ({ key, position }: PackedRow) => `${position} ${rowKeyText(key)}`;

/** Beginnings of prompts as text, each once. */
function beginnings(layout: Layout): Set<string> {
  return new Set(
    promptRows(layout).flatMap(rows =>
      rows.map((_, end) =>
        rows
          .slice(0, end + 1)
          .map((key, position) => text({ key, position }))
          .join(),
      ),
    ),
  );
}

/** What each query sees, in the order of positions. */
function seenBy({ attention, active, constants }: PackedPrompts, queries: BlockQueries): string[] {
  const { constantKeys, activeKeys } = attention;
  const keys = constantKeys + activeKeys;
  return [...queries.places].map(place => {
    const block = Math.floor(place / queries.length);
    const rows = [...queries.seen.subarray(place * keys, (place + 1) * keys)].flatMap((seen, key) => {
      if (seen === 0) return [];
      return key < constantKeys
        ? [constants[attention.constantRows[block * constantKeys + key]!]!]
        : [active[attention.keyRows[block * activeKeys + key - constantKeys]!]!];
    });
    return rows
      .sort((a, b) => a.position - b.position)
      .map(text)
      .join();
  });
}

describe('packed prompts', () => {
  it('computes each beginning of a prompt once, and lets it see itself and what is before it', () => {
    fc.assert(
      fc.property(layouts, layout => {
        const packed = packPrompts(promptRows(layout), packOptions(layout));
        const seen = seenBy(packed, packed.attention.rows);
        assert.equal(new Set(seen).size, seen.length);
        const all = beginnings(layout);
        for (const beginning of seen) assert.ok(all.has(beginning), beginning);
        assert.equal(seen.length + packed.constants.length, all.size);
        for (const [row, beginning] of seen.entries())
          assert.ok(beginning.endsWith(text(packed.active[row]!)), beginning);
        const ends = seenBy(packed, packed.attention.ends);
        const prompts = promptRows(layout).map(rows =>
          rows.map((key, position) => text({ key, position })).join(),
        );
        assert.deepEqual(
          [...packed.promptOfClass].map(prompt => ends[prompt]),
          prompts,
        );
        assert.deepEqual(
          [...packed.ends].map(row => seen[row]),
          ends,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('keeps few rows in one block, and many in blocks that each hold what all share', () => {
    const names = Array.from({ length: 60 }, (_, i) => [1 + (i % 6), 10 + i]);
    const few = packPrompts(promptRows({ pieces: ['shared', 'name'], names: names.slice(0, 6) }));
    assert.equal(few.attention.blocks, 1);
    assert.equal(few.attention.activeKeys, few.active.length);
    const many = packPrompts(promptRows({ pieces: ['shared', 'name'], names }));
    assert.ok(many.attention.blocks > 1);
    assert.ok(many.attention.activeKeys < many.active.length / 2);
  });

  it('computes few constant rows with the others', () => {
    const layout: Layout = {
      pieces: ['shared', 'name'],
      names: Array.from({ length: 20 }, (_, i) => [i, i]),
    };
    const packed = packPrompts(promptRows(layout), packOptions(layout));
    assert.equal(packed.constants.length, 0);
    assert.equal(packed.active[0]!.position, 0);
    const alone = packPrompts(promptRows({ ...layout, names: [[1, 2]] }), packOptions(layout));
    assert.equal(alone.constants.length, 1);
  });
});
