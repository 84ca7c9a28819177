import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { manyTexts } from '../../../src/engine/task/many-texts';
import { openProject } from '../../../src/engine/task/open-project';
import { TaskShelf } from '../../../src/engine/task/task-shelf';
import { storeContext } from '../../../src/files/contexts/store-context';
import { parseTemplate } from '../../../src/shared/template/parse-template';
import { root } from '../../support/root';

describe('texts of many templates at once', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coop-many-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are those of each template alone, learned contexts among them', async () => {
    const sample = path.join(root, 'media/sample');
    const text = `@images ${sample}/images/groups\n@model ${sample}/icon-clip\na photo of a {}.\n`;
    const shelf = new TaskShelf();
    const task = await shelf.open(openProject({ path: path.join(folder, 'many.prompts'), text }));
    const { width } = task.model.text;
    const { names } = task.classes;
    const slot = (length: number, perClass: boolean, seed: number) => ({
      length,
      perClass,
      values: Float32Array.from({ length: length * (perClass ? names.length : 1) * width }, (_, i) =>
        Math.sin(seed + i),
      ),
    });
    await storeContext(folder, 'pets', {
      width,
      slots: [slot(2, false, 1), slot(1, true, 2)],
      template: '[V:2] {} [V:1 per-class].',
      model: task.model.id,
      modelHash: task.opened.hash,
      classNames: names,
      runId: '',
      createdAt: '',
    });
    const lines = [
      'a photo of a {}.',
      '<pets> {} <pets.2>.',
      'itap of a {}',
      'big {} <pets.2>',
      '<pets> {}.',
    ];
    const templates = lines.map(line => parseTemplate(line).template!);
    for (const classesFirst of [false, true]) {
      const together = await manyTexts(task, templates, classesFirst);
      for (const [at, line] of lines.entries()) {
        const { features } = await task.text(line);
        for (const [i, value] of features.entries())
          assert.ok(Math.abs(value - together[at]![i]!) < 1e-5, `${line} ${i}`);
      }
    }
  });
});
