import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { topologyDocument } from './topology-diagram.js';

const BEGIN = '<!-- from libs/contracts/src/topology.ts: begin -->\n';
const END = '\n<!-- from libs/contracts/src/topology.ts: end -->';

test('BCB-9.allowlist · docs/architecture.md draws the calls that the topology permits', () => {
  const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  const drawn = begin < 0 || end < 0 ? '' : page.slice(begin + BEGIN.length, end);
  const permitted = topologyDocument();
  if (drawn === permitted) return expect(drawn).toBe(permitted);
  throw new Error(`Replace what stands between the two comments of docs/architecture.md by:\n\n${permitted}\n`);
});
