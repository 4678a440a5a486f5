import { describe, expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { declare } from './declaration.js';
import { differencesOf } from './permissions.js';

const declaration = declare({
  ...{ prefix: 'cs.', partitions: 12, development: false },
  principal: (service) => `User:${service}`,
});
const { topics, permissions } = declaration;
const held = permissions.map((permission) => ({ ...permission, exact: true }));

describe('the declaration of topics', () => {
  test('CARD-3.kafka · has one for each service, which three brokers hold and two acknowledge', () => {
    expect(topics.map(({ name }) => name)).toEqual(SERVICES.map((service) => `cs.${service}`));
    for (const { replicas, configuration } of topics)
      expect([replicas, configuration['min.insync.replicas'], configuration['unclean.leader.election.enable']]).toEqual(
        [3, '2', 'false'],
      );
  });

  test('CARD-3.kafka · lets nobody write a topic but its service', () => {
    const writers = permissions.filter(({ operation }) => operation === 'WRITE');
    expect(writers.map(({ principal, name }) => [principal, name])).toEqual(
      SERVICES.map((service) => [`User:${service}`, `cs.${service}`]),
    );
  });

  test('CARD-3.kafka · audit reads all of them, the gateway none', () => {
    const read = (service: string) =>
      permissions.filter((each) => each.principal === `User:${service}` && each.operation === 'READ');
    expect(read('audit').filter(({ resource }) => resource === 'topic')).toHaveLength(SERVICES.length);
    expect(read('gateway')).toEqual([]);
  });
});

describe('what somebody may do in Kafka', () => {
  test('CARD-3.kafka · is as declared', () => expect(differencesOf(permissions, held)).toEqual([]));

  test('CARD-3.kafka · a permission that only a wider one covers is missing, and the wider one is told', () => {
    const wider = { ...held[0]!, name: '*', exact: false };
    expect(differencesOf(permissions, [...held.slice(1), wider]).map(({ problem }) => problem)).toEqual([
      'User:gateway may not WRITE',
      'User:gateway may WRITE, and nobody declared it',
    ]);
  });

  test('CARD-3.kafka · a stranger who only reads is not told, one who writes is, once', () => {
    const stranger = { ...held[0]!, principal: 'User:mallory' };
    const found = differencesOf(permissions, [...held, { ...stranger, operation: 'READ' }, stranger, stranger]);
    expect(found).toEqual([
      { what: 'topic cs.gateway', problem: 'User:mallory may WRITE, and nobody declared it', mendable: false },
    ]);
  });

  test('CARD-3.kafka · brokers that ask nobody are told', () => {
    expect(differencesOf(permissions, 'nobody asks')).toHaveLength(1);
  });
});
