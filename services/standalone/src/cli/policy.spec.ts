import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrollment } from '@countersign/contracts';
import { ownCall } from '@countersign/platform';
import type { Control } from '../control.js';
import type { House } from './house.js';
import { runCli } from './run-cli.js';

const PREVIEW = enrollment.PreviewPolicyResponse.fromPartial({
  basedOn: 3,
  devices: 10,
  affected: 2,
  findings: [
    { requirement: 'attestation', devices: 3, already: 1 },
    { application: 'app', action: 'pay', requirement: 'model', devices: 2 },
  ],
  affectedDevices: [
    { subject: 'ada', device: 'phone', state: 'active', unmet: [{ requirements: ['attestation', 'model'] }] },
  ],
  nextCursor: 'more',
});
const TOLD = [
  '2 of 10 devices would be left behind',
  '  sign-in: 3 lack attestation (1 already)',
  '  pay at app: 2 lack model (0 already)',
  '  device phone of ada: sign-in: attestation, model',
  'there are more: --cursor more',
];
const CHANGE = '~ webauthn.assurance.level: "any" -> "device-bound-attested"';

let folder: string;
let policy: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-policy-'));
  policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify({ webauthn: { assurance: { level: 'device-bound-attested' } } }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command where a change leaves devices behind, and tells what was asked and put. */
async function run(argv: string[], preview: enrollment.PreviewPolicyResponse = PREVIEW) {
  const seen = { code: 0, out: [] as string[], asked: [] as object[], put: [] as object[] };
  const control = {
    tenant: {
      getPolicy: () => Promise.resolve({ version: 3, document: '{}' }),
      putPolicy: (request: object) => Promise.resolve({ version: 3 + seen.put.push(request) }),
    },
    enrollment: {
      previewPolicy: (request: object) => {
        seen.asked.push(request);
        return Promise.resolve(preview);
      },
    },
    call: () => ownCall('request', 1_000),
  } as unknown as Control;
  const house = { control: () => Promise.resolve(control), close: () => Promise.resolve() } as Partial<House> as House;
  const io = {
    out: (line: string) => void seen.out.push(line),
    err: () => undefined,
    loadHouse: async () => () => house,
  };
  seen.code = await runCli(argv, io);
  return seen;
}

const put = () => ['policy', 'put', '--tenant', 'bank', '--file', policy];

describe('BCB-13.policy · a change that leaves devices behind', () => {
  test('is not put into force by mistake', async () => {
    const { code, out, put: done } = await run(put());
    const last = 'nothing was changed: 2 of 10 devices would be left behind (--yes puts it into force)';
    expect([code, out, done]).toEqual([1, [CHANGE, ...TOLD, last], []]);
  });

  test('is put into force by who says so', async () => {
    const { code, out, put: done } = await run([...put(), '--yes']);
    expect([code, out]).toEqual([0, [CHANGE, ...TOLD, 'version 4 is in force']]);
    expect(done).toMatchObject([{ tenant: 'bank', basedOn: 3 }]);
  });

  test('BCB-1.aaguid · warns of a list of models that nobody has to prove', async () => {
    const listed = join(folder, 'models.json');
    const assurance = { aaguids: ['ee882879-721c-4913-9775-3dfcce97072a'] };
    writeFileSync(listed, JSON.stringify({ webauthn: { assurance } }));
    const { code, out } = await run(['policy', 'put', '--tenant', 'bank', '--file', listed, '--yes']);
    const warned = out.filter((line) =>
      line.startsWith('warning: webauthn.assurance.aaguids is passed by whoever claims'),
    );
    expect([code, warned.length]).toEqual([0, 1]);
  });

  test('is only told with --dry-run', async () => {
    const { code, out, put: done } = await run([...put(), '--dry-run']);
    expect([code, out.at(-1), done]).toEqual([0, 'nothing was changed (--dry-run)', []]);
  });

  test('leaves its counts in the JSON document', async () => {
    const { out } = await run([...put(), '--json']);
    const preview = { basedOn: 3, devices: 10, affected: 2, nextCursor: 'more' };
    expect(JSON.parse(out.join(''))).toMatchObject({ tenant: 'bank', version: 3, preview });
  });

  test('that leaves nobody behind needs no word', async () => {
    const nobody = enrollment.PreviewPolicyResponse.fromPartial({ basedOn: 3, devices: 10 });
    const { code, out } = await run(put(), nobody);
    expect([code, out]).toEqual([0, [CHANGE, 'version 4 is in force']]);
  });

  test('is listed page by page', async () => {
    const page = ['--limit', '500', '--cursor', 'here'];
    const { code, out, asked } = await run(['policy', 'preview', policy, '--tenant', 'bank', ...page]);
    expect([code, out]).toEqual([0, TOLD]);
    expect(asked).toMatchObject([{ tenant: 'bank', limit: 500, cursor: 'here' }]);
    expect((await run(['policy', 'preview', policy, '--tenant', 'bank', '--limit', '501'])).code).toBe(2);
  });
});
