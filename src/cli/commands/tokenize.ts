import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { resolveModel } from '../../engine/models/hub/resolve-model';
import { openModel } from '../../engine/models/shelf/open-model';
import { loadTokenizer, tokenizerFiles } from '../../engine/models/tokenizer/load-tokenizer';
import { promptTokens } from '../../engine/prompt/tokenizer';
import { action, type CommonOptions } from '../console/command';

interface TokenizeOptions extends CommonOptions {
  readonly model: string;
}

export function addTokenize(program: Command): void {
  program
    .command('tokenize')
    .description(
      'token ids of texts: one text a line on stdin, one JSON array (start and end tokens included) a line on stdout',
    )
    .requiredOption('--model <folder>', 'as after @model; a folder with tokenizer.json suffices')
    .addHelpText(
      'after',
      '\nExample:\n  echo "a photo of a dog." | coop tokenize --model models/clip-vit-base-patch16',
    )
    .action(
      action<[], TokenizeOptions>(async (terminal, work, options) => {
        const place = resolveModel(options.model, process.cwd());
        const tokenizer = await openModel(place).then(
          model => model.tokenizer(),
          // A tokenizer alone serves, too.
          (thrown: unknown) => {
            if (tokenizerFiles(place).length === 0) throw thrown;
            return loadTokenizer(place);
          },
        );
        for await (const line of createInterface({
          input: process.stdin,
          crlfDelay: Number.POSITIVE_INFINITY,
        })) {
          work.signal?.throwIfAborted();
          if (!(await terminal.value(promptTokens(tokenizer, tokenizer.encode(line))))) break;
        }
      }),
    );
}
