import type { CommandBody } from '../command.js';
import { examine } from '../doctor/examine.js';

export const doctor: CommandBody = {
  options: {},
  notes: ['Starts and changes nothing. Exit code 1 when a check fails.'],
  run: async (_, { house, env }) => {
    const findings = await examine(await house.facts(), env['KUBERNETES_SERVICE_HOST'] !== undefined);
    const failed = findings.some(({ ok }) => !ok);
    const lines = findings.map(
      ({ check, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${check}${detail ? `: ${detail}` : ''}`,
    );
    return { json: { ok: !failed, findings }, lines, failed };
  },
};
