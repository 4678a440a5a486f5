import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Bank, FROM, ORIGIN } from './bank.js';
import { SoftAuthenticator } from '@countersign/testing';

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank.stop());

const ticketFor = async (withPin = false) => {
  const { subject } = await bank.subject();
  return bank.asServer('issueTicket', { subject, withPin, tenant: '' });
};

describe('an enrollment ticket', () => {
  test('R4 · lives ten minutes, opens once, and is dead afterwards', async () => {
    const { ticket, pin, expiresAt } = await ticketFor();
    expect(pin).toBe('');
    const seconds = (Date.parse(expiresAt) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(590);
    expect(seconds).toBeLessThanOrEqual(600);
    const opened = await bank.openTicket(ticket);
    expect(opened).toMatchObject({ displayName: 'Ada', expiresAt });
    await expect(bank.openTicket(ticket, '', 1)).rejects.toMatchObject({ code: 'ticket_refused' });
    expect(opened.binding).not.toBe(ticket);
  });

  test('R4 · of 64 parallel openings on two replicas one wins, in each of 5 rounds', async () => {
    for (let round = 0; round < 5; round++) {
      const { ticket } = await ticketFor();
      const tries = Array.from({ length: 64 }, (_, i) => bank.openTicket(ticket, '', (i % 2) as 0 | 1));
      expect((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  test('R4 · the ticket itself opens no enrollment, only the binding does, and only for its application', async () => {
    const { ticket } = await ticketFor();
    await expect(bank.options(ticket)).rejects.toMatchObject({ code: 'enrollment_binding_refused' });
    const { binding } = await bank.openTicket(ticket);
    const elsewhere = { clientId: bank.tenant.applications[1]!.clientId, binding, origin: FROM };
    await expect(bank.gateway.beginWithTicket(elsewhere, bank.call())).rejects.toMatchObject({
      code: 'enrollment_binding_refused',
    });
    await expect(bank.options(binding)).resolves.toMatchObject({ rp: { id: 'localhost' } });
  });

  test('R4 · is used up by one enrollment', async () => {
    const { binding } = await bank.openTicket((await ticketFor()).ticket);
    const answer = new SoftAuthenticator().register(await bank.options(binding), { origin: ORIGIN });
    await bank.complete(binding, answer);
    await expect(bank.options(binding)).rejects.toMatchObject({ code: 'enrollment_binding_refused' });
  });

  test('R4 · expires by the clock of the database, opened or not', async () => {
    const [{ ticket }, other] = [await ticketFor(), await ticketFor()];
    const { binding } = await bank.openTicket(other.ticket);
    await bank.rows(`update enrollment.ticket set expires_at = clock_timestamp() - interval '1 second'`);
    await expect(bank.openTicket(ticket)).rejects.toMatchObject({ code: 'ticket_refused' });
    await expect(bank.options(binding)).rejects.toMatchObject({ code: 'enrollment_binding_refused' });
  });

  test('BCB-1.ticket · with a PIN opens by the PIN only, and five wrong ones kill it', async () => {
    const good = await ticketFor(true);
    expect(good.pin).toMatch(/^\d{8}$/);
    await expect(bank.openTicket(good.ticket)).rejects.toMatchObject({
      code: 'ticket_pin_wrong',
      details: { attemptsRemaining: 4 },
    });
    await expect(bank.openTicket(good.ticket, good.pin)).resolves.toBeDefined();

    const dead = await ticketFor(true);
    const wrong = dead.pin === '00000000' ? '00000001' : '00000000';
    for (const attemptsRemaining of [4, 3, 2, 1, 0]) {
      await expect(bank.openTicket(dead.ticket, wrong)).rejects.toMatchObject({
        code: 'ticket_pin_wrong',
        details: { attemptsRemaining },
      });
    }
    await expect(bank.openTicket(dead.ticket, dead.pin)).rejects.toMatchObject({ code: 'ticket_refused' });
  });

  test('BCB-1.ticket · of 64 parallel guesses five are counted and no more', async () => {
    const { ticket, pin } = await ticketFor(true);
    const wrong = pin === '00000000' ? '00000001' : '00000000';
    const tries = Array.from({ length: 64 }, (_, i) => bank.openTicket(ticket, wrong, (i % 2) as 0 | 1));
    const outcomes = await Promise.allSettled(tries);
    const codes = outcomes.map((each) => (each as PromiseRejectedResult).reason.code as string);
    expect(codes.filter((code) => code === 'ticket_pin_wrong')).toHaveLength(5);
    expect(codes.filter((code) => code === 'ticket_refused')).toHaveLength(59);
  });

  test('each presentation leaves one event; one that is nobody’s too', async () => {
    const before = (await bank.events('ticket.refused')).length;
    await expect(bank.openTicket('A'.repeat(43))).rejects.toMatchObject({ code: 'ticket_refused' });
    await expect(bank.openTicket('no ticket')).rejects.toMatchObject({ code: 'ticket_refused' });
    const { ticket } = await ticketFor();
    await bank.openTicket(ticket);
    await expect(bank.openTicket(ticket)).rejects.toMatchObject({ code: 'ticket_refused' });
    const refused = (await bank.events('ticket.refused')).slice(before);
    expect(refused.map(({ subject }) => subject)).toEqual(['', '', expect.stringMatching(/^p_/)]);
    expect((await bank.events('ticket.opened')).at(-1)).toMatchObject({ outcome: 'success', client: bank.clientId });
  });

  test('is worth nothing at another bank', async () => {
    const { ticket } = await ticketFor();
    const { applications } = await bank.neighbour();
    const presented = { clientId: applications[0]!.clientId, ticket, pin: '', origin: FROM };
    await expect(bank.gateway.openTicket(presented, bank.call())).rejects.toMatchObject({ code: 'ticket_refused' });
    await expect(bank.openTicket(ticket)).resolves.toBeDefined();
  });
});
