// Writes the JSON schema of experiment files, by which an editor completes, explains and checks them: npm run schema
import { writeFileSync } from 'node:fs';
import { Experiment } from '../src/shared/contracts/experiment';
import { jsonSchema } from './json-schema';

export const SCHEMA_FILE = 'media/experiments/experiment.schema.json';
export const schemaText = () => `${JSON.stringify(jsonSchema(Experiment), undefined, 2)}\n`;

if (process.argv[1]?.endsWith('experiment-schema.ts')) writeFileSync(SCHEMA_FILE, schemaText());
