import { createSign, generateKeyPairSync, verify } from 'node:crypto';

/**
 * CPU of one ES256 verification by node:crypto, milliseconds: the unit in which costs are told, since hosts differ.
 * The median of several rounds, timed while nothing else runs.
 */
export function es256VerifyMs(rounds = 9, perRound = 1_000): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const data = Buffer.alloc(200, 7);
  const signature = createSign('sha256').update(data).sign(privateKey);
  const times = Array.from({ length: rounds }, () => {
    const began = process.cpuUsage();
    for (let i = 0; i < perRound; i++) verify('sha256', data, publicKey, signature);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000 / perRound;
  });
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
}
