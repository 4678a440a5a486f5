import type { enrollment } from '@countersign/contracts';
import { CommandFailed, type Answer, type CommandBody, type Context, type Input } from '../command.js';

/** Who holds something of a person, beside enrollment. */
const HOLDERS = ['session', 'risk', 'audit'] as const;
const NOTE_EVERY_PAGES = 20;

const TENANT = { value: '<slug>', help: 'whose person', required: true };

export const subjectExport: CommandBody = {
  options: { tenant: TENANT, file: { value: '<path>', help: 'where to write it; standard output unless told' } },
  notes: ['Personal data in clear. A file is made readable by its owner only. The export is recorded in the log.'],
  run: async (input, context) => {
    const document = await collect(input, context);
    if (!input.given('file')) return { json: document, lines: [JSON.stringify(document, null, 2)] };
    const file = context.writeLines(input.text('file'));
    file.write(JSON.stringify(document, null, 2));
    file.close();
    const counts = { sessions: document.sessions.length, events: document.events.length };
    return {
      json: { file: input.text('file'), ...counts },
      lines: [`${input.text('file')}: ${counts.sessions} sessions, ${counts.events} events`],
    };
  },
};

export const subjectErase: CommandBody = {
  options: { tenant: TENANT, yes: { help: 'yes, this person: there is no way back' } },
  notes: [
    'Devices end and the key that opens what is personal is destroyed before the command answers. The other services follow',
    'by themselves, as soon as they run; repeat the command to see how far they are. The leaves of the log stay.',
  ],
  run: async (input, { house }): Promise<Answer> => {
    if (!input.given('yes')) throw new CommandFailed('an erasure cannot be undone: say --yes');
    const { enrollment, call } = await house.control();
    const request = { subject: input.argument, tenant: input.text('tenant') };
    const { erasure } = await enrollment.eraseSubject(request, call());
    return { json: { erasure }, lines: toldOf(erasure!) };
  },
};

function toldOf({ id, state, completedAt, waitingFor }: enrollment.Erasure): string[] {
  if (state === 'completed') return [`erasure ${id} was completed at ${completedAt}`];
  return [`erasure ${id} is running`, `waiting for ${waitingFor.join(', ') || 'its completion to be written down'}`];
}

interface Collected extends Record<string, unknown> {
  sessions: unknown[];
  events: unknown[];
}

/** All pages as one document. */
async function collect(input: Input, { house, note }: Context): Promise<Collected> {
  const { enrollment, call } = await house.control(HOLDERS);
  const request = { subject: input.argument, tenant: input.text('tenant') };
  const whole: Collected = { sessions: [], events: [] };
  let cursor = '';
  for (let pages = 1; ; pages += 1) {
    const { document, nextCursor } = await enrollment.exportSubject({ ...request, cursor }, call());
    const { sessions, events, ...once } = JSON.parse(document) as Collected;
    Object.assign(whole, once);
    whole.sessions.push(...sessions);
    whole.events.push(...events);
    if (nextCursor === '') return whole;
    if (pages % NOTE_EVERY_PAGES === 0) note(`${whole.sessions.length} sessions, ${whole.events.length} events`);
    cursor = nextCursor;
  }
}
