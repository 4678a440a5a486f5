// What the chart holds of the code is what the code says, down to what Strimzi and admin.env are told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { declare } from '@countersign/event-bus-kafka';
import { CHARTS, RELEASE, render } from '../lib/helm.mjs';
import { ofKind } from '../lib/manifests.mjs';
import { VARIANTS } from '../lib/variants.mjs';
import { chartFiles } from '../topology.mjs';

const OPERATORS = VARIANTS['standard on operators'];
const userOf = (service) => `${RELEASE}-${service}-kafka`;
const declared = declare({ prefix: 'countersign.', partitions: 12, development: false, principal: userOf });

test.each(Object.entries(chartFiles()))('CARD-8.helm · files/%s is what the code says', (name, content) => {
  const kept = JSON.parse(readFileSync(join(CHARTS, 'countersign/files', name), 'utf8'));
  expect(kept).toEqual(JSON.parse(JSON.stringify(content)));
});

const WORDS = { Read: 'READ', Write: 'WRITE', Describe: 'DESCRIBE', DescribeConfigs: 'DESCRIBE_CONFIGS' };
const rights = (user) =>
  user.spec.authorization.acls.flatMap(({ resource, operations }) =>
    operations.map((operation) => ({
      principal: user.metadata.name,
      resource: resource.type,
      name: resource.name,
      operation: WORDS[operation],
    })),
  );
const sorted = (list) =>
  list.map((each) => JSON.stringify(each, ['principal', 'resource', 'name', 'operation'])).sort();

test('CARD-8.helm · each service’s Kafka user may do what the code declares, and nothing else', async () => {
  const users = ofKind(await render(OPERATORS), 'KafkaUser');
  expect(users.map(({ metadata }) => metadata.name).sort()).toEqual(SERVICES.map(userOf).sort());
  expect(sorted(users.flatMap(rights))).toEqual(sorted(declared.permissions));
});

test('CARD-8.helm · topics are those the code declares, and three brokers hold them', async () => {
  const topics = ofKind(await render(OPERATORS), 'KafkaTopic').map(({ spec }) => ({
    name: spec.topicName,
    partitions: spec.partitions,
    replicas: spec.replicas,
    configuration: spec.config,
  }));
  expect(topics).toEqual(declared.topics);
});
