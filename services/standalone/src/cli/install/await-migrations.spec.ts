import { expect, test } from '@jest/globals';
import { SERVICES } from '@countersign/contracts';
import { INSTALLED } from '../../services.js';
import { migrationsOf } from './await-migrations.js';

test.each(SERVICES)('CARD-5.helm · the migrations waited for are those that %s brings', (service) => {
  expect(migrationsOf(service)).toBe(INSTALLED[service].migrationsDir);
});
