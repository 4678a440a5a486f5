import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { rollback, running } from './harness/charts.js';
import { figure, timed } from './harness/figures.js';
import { image, nameOf } from './harness/images.js';
import { startLoad, summaryOf } from './harness/load.js';
import { kubectl } from './harness/programs.js';
import { deploy, standard, type Standard } from './harness/standard.js';

jest.setTimeout(1_500_000);

describe('an installation is upgraded', () => {
  let platform: Standard;

  beforeAll(async () => {
    platform = await standard();
  });

  test('CARD-5.helm · under load, to another image and back, without a request lost', async () => {
    const { namespace } = platform;
    const load = await startLoad(namespace);
    const up = await timed(() => deploy(platform, 'next'));
    expect(up.result).toMatchObject({ code: 0 });
    expect(await running(namespace)).toEqual([nameOf(image('next'))]);
    const back = await timed(() => rollback(namespace));
    expect(back.result).toMatchObject({ code: 0 });
    expect(await running(namespace)).toEqual([nameOf(image('now'))]);
    const told = await load.stop();
    figure('upgrade, helm upgrade --wait', up.seconds);
    figure('rollback, helm rollback --wait', back.seconds);
    figure('upgrade and rollback', summaryOf(told));
    expect(told.signIns).toBeGreaterThan(100);
    expect(told.failures).toEqual([]);
  });

  test('CARD-5.helm · a migration that fails stops the release; the old one goes on serving, and a corrected one installs', async () => {
    const { namespace } = platform;
    const load = await startLoad(namespace);
    const before = await running(namespace);
    const failed = await timed(() => deploy(platform, 'broken'));
    expect(failed.result.code).not.toBe(0);
    expect(await running(namespace)).toEqual(before);
    const log = await kubectl(
      'logs',
      '--namespace',
      namespace,
      '-l',
      'app.kubernetes.io/component=install',
      '--tail=-1',
    );
    expect(log).toMatch(/there_is_no_such_table/);
    const mended = await timed(() => deploy(platform, 'mended'));
    expect(mended.result).toMatchObject({ code: 0 });
    expect(await running(namespace)).toEqual([nameOf(image('mended'))]);
    const told = await load.stop();
    figure('failing migration, until helm upgrade says so', failed.seconds);
    figure('failing and corrected migration', summaryOf(told));
    expect(told.failures).toEqual([]);
  });
});
