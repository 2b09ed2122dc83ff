/** The table of ops is read as it is written: versions, parameters, attributes, types. */
import { describe, expect, it } from 'vitest';
import { lookUp, newestOpset, rangeOf } from '../../../../exporters/onnx/schemas/schema.ts';
import { table, typeSets } from '../../../../exporters/onnx/schemas/table.ts';

describe('lookUp', () => {
  it('gives the newest version that the operator set has', () => {
    const since = (op: string, opset: number) => {
      const found = lookUp(op, opset);
      return found.kind === 'known' ? found.schema.since : found;
    };
    expect(since('Conv', 1)).toBe(1);
    expect(since('Conv', 10)).toBe(1);
    expect(since('Conv', 11)).toBe(11);
    expect(since('Conv', 21)).toBe(11);
    expect(since('Conv', 22)).toBe(22);
    expect(since('Gelu', 19)).toEqual({ kind: 'not yet', since: 20 });
    expect(since('Upsample', 9)).toBe(9);
    expect(since('Upsample', 10)).toEqual({ kind: 'no longer', since: 10 });
    expect(since('Rely', 17)).toEqual({ kind: 'unknown' });
    expect(since('toString', 17)).toEqual({ kind: 'unknown' });
  });

  it('reads parameters, attributes and types', () => {
    const found = lookUp('Clip', 13);
    if (found.kind !== 'known') throw new Error('it is known');
    expect(found.schema.inputs.map(({ name, option, type }) => [name, option, type])).toEqual([
      ['input', 'required', 'T'],
      ['min', 'optional', 'T'],
      ['max', 'optional', 'T'],
    ]);
    expect(found.schema.types.get('T')?.has('float16')).toBe(true);
    expect(found.schema.types.get('T')?.has('bool')).toBe(false);
    const cast = lookUp('Cast', 13);
    if (cast.kind !== 'known') throw new Error('it is known');
    expect([...cast.schema.attributes]).toEqual([['to', { kind: 'int', required: true }]]);
  });

  it('counts parameters', () => {
    const range = (op: string, opset: number) => {
      const found = lookUp(op, opset);
      if (found.kind !== 'known') throw new Error('it is known');
      return [rangeOf(found.schema.inputs), rangeOf(found.schema.outputs)];
    };
    expect(range('Conv', 17)).toEqual([
      [2, 3],
      [1, 1],
    ]);
    expect(range('Concat', 17)).toEqual([
      [1, Infinity],
      [1, 1],
    ]);
    expect(range('Loop', 17)).toEqual([
      [0, Infinity],
      [1, Infinity],
    ]);
    expect(range('Constant', 17)).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});

it('every line of the table can be read, and versions ascend', () => {
  for (const [op, lines] of Object.entries(table)) {
    const versions = lines.map((line) => Number.parseInt(line, 10));
    expect(versions, op).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    for (const version of versions) {
      expect(version).toBeLessThanOrEqual(newestOpset);
      const found = lookUp(op, version);
      if (found.kind === 'no longer') continue;
      if (found.kind !== 'known') throw new Error(`${op} ${version} is ${found.kind}`);
      const { schema } = found;
      expect(schema.since, op).toBe(version);
      for (const parameter of [...schema.inputs, ...schema.outputs]) {
        // A type is one of the op's own, or a type itself.
        const known = schema.types.get(parameter.type) ?? new Set(typeSets.join(',').split(','));
        expect(known.size, `${op} ${version}`).toBeGreaterThan(0);
        if (!schema.types.has(parameter.type)) expect([...known], op).toContain(parameter.type);
      }
    }
  }
});
