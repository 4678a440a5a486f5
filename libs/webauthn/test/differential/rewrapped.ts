import { encodeCbor, type CborValue } from '@countersign/testing';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import type { MutatedCeremony } from './ceremonies.js';

/** Content of the element at `at` and what follows it, whatever its tag; BER's long and unknown lengths included. */
function elementAt(bytes: Uint8Array, at: number): { start: number; content: Uint8Array; end: number } {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, content: bytes.subarray(at + 2, at + 2 + first), end: at + 2 + first };
  const octets = [...bytes.subarray(at + 2, at + 2 + (first & 0x7f))];
  const length = first === 0x80 ? bytes.length : octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const start = at + 2 + octets.length;
  return { start, content: bytes.subarray(start, start + length), end: start + length };
}

function integer(content: Uint8Array): Buffer {
  const first = content.findIndex((octet) => octet !== 0);
  const magnitude = first < 0 ? Buffer.from([0]) : Buffer.from(content.subarray(first));
  const value = (magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), magnitude]) : magnitude;
  return Buffer.concat([Buffer.from([2, value.length]), value]);
}

/** The two numbers of an ECDSA signature, however it was written, in the one way DER has for them. */
function inDer(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  // Whatever the outer length says: the other side reads on to the end of what is inside.
  const content = signature.subarray(elementAt(signature, 0).start);
  const r = elementAt(content, 0);
  const body = Buffer.concat([integer(r.content), integer(elementAt(content, r.end).content)]);
  return new Uint8Array(Buffer.concat([Buffer.from([0x30, body.length]), body]));
}

function rewrappedObject(encoded: string): string {
  const object = decodeAttestationObject(new Uint8Array(Buffer.from(encoded, 'base64url'))) as unknown as Map<
    string,
    CborValue
  >;
  const statement = object.get('attStmt') as Map<string, CborValue>;
  const sig = inDer(statement.get('sig') as Uint8Array);
  const whole = new Map([...object, ['attStmt', new Map([...statement, ['sig', sig]])]] as [string, CborValue][]);
  return Buffer.from(encodeCbor(whole)).toString('base64url');
}

/** The same ceremony with its ECDSA signature in DER; what was signed is left as it is. */
export function rewrapped(ceremony: MutatedCeremony): MutatedCeremony {
  if (ceremony.kind === 'registration') {
    const { response, ...envelope } = ceremony.input.response;
    const inner = { ...response, attestationObject: rewrappedObject(response.attestationObject) };
    return { ...ceremony, input: { ...ceremony.input, response: { ...envelope, response: inner } } };
  }
  const { response, ...envelope } = ceremony.input.response;
  const signature = Buffer.from(inDer(Buffer.from(response.signature, 'base64url'))).toString('base64url');
  return { ...ceremony, input: { ...ceremony.input, response: { ...envelope, response: { ...response, signature } } } };
}
