import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/**
 * JSON Schemas out of the very schemas that validate. What has a `meta` id becomes a component and is referred to.
 * Input is what a client may send, output what it gets.
 */
export class SchemaCollector {
  readonly components: Record<string, JsonSchema> = {};

  of(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const {
      $schema: _dialect,
      $defs = {},
      ...own
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
    for (const [name, definition] of Object.entries($defs as Record<string, JsonSchema>)) {
      this.components[name] = rewritten(definition);
    }
    return rewritten(own);
  }
}

/** `#/$defs/Device` → `#/components/schemas/Device`; a component's own `id` is its name and goes. */
function rewritten(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema)
    .filter(([name]) => name !== 'id' || typeof schema.id !== 'string')
    .map(([name, value]) => [
      name,
      name === '$ref' ? String(value).replace('#/$defs/', '#/components/schemas/') : deep(value),
    ]);
  return Object.fromEntries(entries) as JsonSchema;
}

function deep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deep);
  return typeof value === 'object' && value !== null ? rewritten(value as JsonSchema) : value;
}
