import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { loadTokenizer } from '../../engine/models/tokenizer/load-tokenizer';
import { action, type CommonOptions } from '../console/command';

interface TokenizeOptions extends CommonOptions {
  readonly model: string;
}

export function addTokenize(program: Command): void {
  program
    .command('tokenize')
    .description(
      'token ids of texts: one text a line on stdin, one JSON array (with SOT and EOT) a line on stdout',
    )
    .requiredOption('--model <folder>', 'model folder; tokenizer.json in it suffices')
    .addHelpText(
      'after',
      '\nExample:\n  echo "a photo of a dog." | coop tokenize --model models/clip-vit-base-patch16',
    )
    .action(
      action<[], TokenizeOptions>(async (terminal, work, options) => {
        const tokenizer = await loadTokenizer(options.model);
        for await (const line of createInterface({
          input: process.stdin,
          crlfDelay: Number.POSITIVE_INFINITY,
        })) {
          work.signal?.throwIfAborted();
          if (!(await terminal.value([tokenizer.sot, ...tokenizer.encode(line), tokenizer.eot]))) break;
        }
      }),
    );
}
