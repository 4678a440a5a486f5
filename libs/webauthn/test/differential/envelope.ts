import type { Dice } from './dice.js';
import { respell } from './tamper.js';

interface Wire {
  id: string;
  rawId: string;
  type: string;
  response: Record<string, unknown>;
}

const INNER = ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle', 'attestationObject'];
const TRANSPORTS: unknown[] = [['usb', 'usb'], ['new'], 'usb', [7], null, new Array(30).fill('usb'), ['x'.repeat(99)]];
const HANDLES: unknown[] = ['dXNlci0y', null, undefined, '', 'AA', 7, 'A'.repeat(200)];

/** Changes to the credential on its way from the browser. */
const WAYS: ((dice: Dice) => (wire: Wire) => unknown)[] = [
  (dice) => {
    const [name, change] = [dice.pick(INNER), respell(dice)];
    return (wire) =>
      name in wire.response
        ? { ...wire, response: { ...wire.response, [name]: change(String(wire.response[name])) } }
        : wire;
  },
  (dice) => {
    const change = respell(dice);
    return (wire) => ({ ...wire, id: change(String(wire.id)), rawId: change(String(wire.rawId)) });
  },
  (dice) => {
    const [name, change] = [dice.pick(['id', 'rawId']), respell(dice)];
    return (wire) => ({ ...wire, [name]: change(String(wire.id)) });
  },
  (dice) => {
    const id = Buffer.from(dice.bytes(32)).toString('base64url');
    return (wire) => ({ ...wire, id, rawId: id });
  },
  (dice) => {
    const type = dice.pick<unknown>(['public-key ', 'password', null, undefined, 7]);
    return (wire) => ({ ...wire, type });
  },
  (dice) => {
    const response = dice.pick<unknown>([null, [], 'x', {}, undefined]);
    return (wire) => ({ ...wire, response });
  },
  (dice) => {
    const transports = dice.pick(TRANSPORTS);
    return (wire) => ({ ...wire, response: { ...wire.response, transports } });
  },
  (dice) => {
    const userHandle = dice.pick(HANDLES);
    return (wire) => ({ ...wire, response: { ...wire.response, userHandle } });
  },
  (dice) => {
    const more = dice.pick<object>([
      { clientExtensionResults: { credProps: { rk: true } } },
      { clientExtensionResults: null },
      { authenticatorAttachment: 'odd' },
      { more: {} },
    ]);
    return (wire) => ({ ...wire, ...more });
  },
];

/** One change to what the browser hands over, made after everything was signed. */
export function alterEnvelope(dice: Dice): { response: (wire: never) => never } {
  const change = dice.pick(WAYS)(dice);
  return { response: (wire) => change(wire) as never };
}
