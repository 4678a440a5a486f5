import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ACR_ORDER, ASSURANCE_LEVELS, KEY_PROTECTIONS, REQUIREMENTS } from '@countersign/kernel';
import { actionAssurance, applicationAssurance, tenantAssurance } from './assurance.js';
import { parsePolicy } from './policy.js';

const page = readFileSync(new URL('../../../docs/protocols/assurance.md', import.meta.url), 'utf8');

/** Cells of the rows whose first cell is a code, in the table that begins with this header. */
function rows(header: string): string[][] {
  const table = page.split(`| ${header} |`)[1]!.split('\n\n')[0]!;
  return [...table.matchAll(/^\| (.+) \|$/gm)].map(([, row]) => row!.split(' | '));
}

const named = (header: string): string[] =>
  rows(header)
    .map(([first]) => /^`(\w+)`$/.exec(first!)?.[1])
    .filter((name) => name !== undefined);

test('BCB-13.policy · docs/protocols/assurance.md names every member with its default', () => {
  const members = rows('member | values | default | asks');
  const { assurance } = parsePolicy({}).webauthn;
  const written = members.map(([name, , value]) => [name!.slice(1, -1), value!.slice(1, -1)]);
  expect(Object.fromEntries(written)).toEqual(
    Object.fromEntries(Object.entries(assurance).map(([name, value]) => [name, String(value)])),
  );
  for (const value of [...ASSURANCE_LEVELS, ...KEY_PROTECTIONS]) expect(page).toContain(`\`${value}\``);
});

test('BCB-13.policy · the scopes take what the page says they take', () => {
  const tenant = Object.keys(tenantAssurance.shape);
  expect(Object.keys(actionAssurance.shape)).toEqual([...tenant, 'algorithms']);
  expect(Object.keys(applicationAssurance.shape)).toEqual([...tenant, 'algorithms', 'userVerification']);
});

test('BCB-3.policy · every requirement and every acr is explained, in order', () => {
  expect(named('`requirements` | what is missing')).toEqual(REQUIREMENTS);
  expect(named('`acr` | given for | NIST SP 800-63B-4 | PSD2 (RTS EU 2018/389)')).toEqual(ACR_ORDER);
});
