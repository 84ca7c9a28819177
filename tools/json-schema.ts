import type * as v from 'valibot';

type Json = { [key: string]: unknown };
interface Schema {
  readonly type: string;
  readonly pipe?: readonly (Schema & {
    readonly kind: string;
    readonly requirement?: unknown;
    readonly description?: string;
  })[];
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly (Schema | string)[];
}

/** The JSON schema (draft 7) of a valibot schema of plain JSON: what editors complete, explain and check by. */
export function jsonSchema(schema: v.GenericSchema): Json {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...converted(schema as unknown as Schema) };
}

function converted(schema: Schema): Json {
  const [base = schema, ...actions] = schema.pipe ?? [];
  const json = schema.pipe === undefined ? plain(schema) : converted(base);
  for (const action of actions) Object.assign(json, limit(action, json));
  return json;
}

function limit({ type, requirement, description }: NonNullable<Schema['pipe']>[number], json: Json): Json {
  const array = json['type'] === 'array';
  switch (type) {
    case 'description':
      return { description };
    case 'min_length':
      return array ? { minItems: requirement } : { minLength: requirement };
    case 'min_value':
      return { minimum: requirement };
    case 'regex':
      return { pattern: (requirement as RegExp).source };
    case 'safe_integer':
      return { type: 'integer' };
    case 'finite':
      return {};
    default:
      throw new Error(`no JSON schema for the rule “${type}”`);
  }
}

function plain(schema: Schema): Json {
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'boolean':
      return { type: schema.type };
    case 'array':
      return { type: 'array', items: converted(schema.item!) };
    case 'picklist':
      return { enum: schema.options };
    case 'union':
      return { anyOf: schema.options!.map(option => converted(option as Schema)) };
    case 'exact_optional':
      return converted(schema.wrapped!);
    case 'strict_object': {
      const entries = Object.entries(schema.entries!);
      const required = entries.flatMap(([name, { type }]) => (type === 'exact_optional' ? [] : [name]));
      return {
        type: 'object',
        properties: Object.fromEntries(entries.map(([name, entry]) => [name, converted(entry)])),
        ...(required.length === 0 ? {} : { required }),
        additionalProperties: false,
      };
    }
    default:
      throw new Error(`no JSON schema for “${schema.type}”`);
  }
}
