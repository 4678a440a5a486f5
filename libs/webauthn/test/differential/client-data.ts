import type { AlterCeremony } from '@countersign/testing';
import type { Dice } from './dice.js';
import { tamper } from './tamper.js';

const VALUES: Record<string, unknown[]> = {
  type: ['payment.get', 'webauthn.get', 'webauthn.create', 'Webauthn.get', '', null, ['webauthn.get'], 'webauthn.get '],
  challenge: [
    'AAAA',
    '',
    null,
    7,
    'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9',
  ],
  origin: [
    'https://evil.example',
    'https://bank.example/',
    'https://bank.example:443',
    'https://BANK.example',
    'http://bank.example',
    'https://a.bank.example',
    'https://bank.example.evil.example',
    'null',
    null,
    ['https://bank.example'],
  ],
  crossOrigin: [true, 'yes', 'false', 1, 0, null, {}, []],
  topOrigin: ['https://shop.example', 'https://bank.example', '', 7, null, ['https://shop.example']],
  tokenBinding: [{ status: 'supported' }, { status: 'present', id: 'AA' }, { status: 'odd' }, 'supported', null, 7],
  other: [[{}], 'x', { type: 'webauthn.create' }],
  ['__proto__']: [{ type: 'webauthn.get' }],
};

const member = (dice: Dice): AlterCeremony => {
  const name = dice.pick(Object.keys(VALUES));
  const value = dice.pick(VALUES[name] ?? []);
  return { clientData: (data) => ({ ...data, [name]: value }) };
};

const removed = (dice: Dice): AlterCeremony => {
  const name = dice.pick(['type', 'challenge', 'origin', 'crossOrigin']);
  return { clientData: (data) => Object.fromEntries(Object.entries(data).filter(([key]) => key !== name)) };
};

/** The page of a frame, with and without the top origin's name. */
const framed = (dice: Dice): AlterCeremony => {
  const topOrigin = dice.pick(['https://shop.example', 'https://evil.example', undefined]);
  return { clientData: (data) => ({ ...data, crossOrigin: true, ...(topOrigin ? { topOrigin } : {}) }) };
};

const reversed = (): AlterCeremony => ({
  clientData: (data) => Object.fromEntries(Object.entries(data).reverse()),
});

const text = (change: (json: string) => string): AlterCeremony => ({
  clientDataJSON: (bytes) => new Uint8Array(Buffer.from(change(Buffer.from(bytes).toString('utf8')), 'utf8')),
});

const TEXTS: ((json: string) => string)[] = [
  (json) => `\uFEFF${json}`,
  (json) => ` ${json}\n`,
  (json) => `${json}x`,
  (json) => `[${json}]`,
  (json) => json.replace('{', '{"type":"webauthn.get",'),
  (json) => json.replace('{', '{"origin":"https://evil.example",'),
  (json) => json.replace(/}$/, ',"challenge":"AAAA"}'),
  (json) => json.replace('{', '{"\\u0074ype":"webauthn.get",'),
  (json) => json.replace('"origin"', '"orig\\u0069n"'),
  (json) => json.replace(/}$/, ',}'),
  (json) => json.replace(/}$/, `,"deep":${'['.repeat(40)}${']'.repeat(40)}}`),
  (json) => json.replace(/}$/, `,"long":"${'x'.repeat(5000)}"}`),
  (json) => json.replaceAll('"', "'"),
  () => 'null',
  () => '7',
  () => '',
];

const badUtf8: AlterCeremony = {
  clientDataJSON: (bytes) =>
    new Uint8Array(
      Buffer.concat([bytes.subarray(0, -1), Buffer.from(',"a":"'), Buffer.from([0xff]), Buffer.from('"}')]),
    ),
};

/** One change to what the browser says, made before anything is signed. */
export function alterClientData(dice: Dice): AlterCeremony {
  return dice.pick([
    () => member(dice),
    () => member(dice),
    () => removed(dice),
    () => framed(dice),
    reversed,
    () => text(dice.pick(TEXTS)),
    () => badUtf8,
    () => ({ clientDataJSON: tamper(dice) }),
  ])();
}
